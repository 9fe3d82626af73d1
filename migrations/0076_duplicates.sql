-- Accounts that may be one: kept as accounts are written, so that the list of them is read and never computed.

create table org.duplicate_todo (
    seq bigint generated always as identity primary key,
    account_id uuid not null
);
comment on table org.duplicate_todo is
    'Accounts to be compared with those that share a key with them: written with the account, worked off in the background.';
comment on column org.duplicate_todo.seq is 'Place in the queue. An account may wait twice: whoever writes it waits for nobody.';
comment on column org.duplicate_todo.account_id is 'The account.';

create table org.duplicate_key (
    key bigint not null,
    account_id uuid not null,
    primary key (key, account_id)
);
comment on table org.duplicate_key is
    'By what accounts that may be one are found: keys of the beginning of a name in a place, of a number, an address, a cell of the map (model: alike).';
comment on column org.duplicate_key.key is 'A hash of the key: two keys of one hash only mean one comparison more.';
comment on column org.duplicate_key.account_id is 'The account. One that was merged has no keys.';
create index duplicate_key_account on org.duplicate_key (account_id);
comment on index org.duplicate_key_account is 'The keys of an account, to be replaced when it changes.';

create table org.duplicate (
    account_id uuid not null,
    other_id uuid not null check (account_id < other_id),
    points bigint not null,
    reasons text[] not null,
    primary key (account_id, other_id)
);
comment on table org.duplicate is 'Pairs of accounts that are likely one, whatever anybody says of them.';
comment on column org.duplicate.account_id is 'One of them.';
comment on column org.duplicate.other_id is 'The other.';
comment on column org.duplicate.points is 'How alike they are, from 600 to 1000.';
comment on column org.duplicate.reasons is 'What agrees: name, tax_id, phone, email, domain, street, postal_code, position.';
create index duplicate_other on org.duplicate (other_id);
comment on index org.duplicate_other is 'The pairs of an account that stands second in them.';
create index duplicate_order on org.duplicate ((-points), account_id, other_id);
comment on index org.duplicate_order is 'The list: the most alike first.';

create table org.not_duplicate (
    account_id uuid not null,
    other_id uuid not null check (account_id < other_id),
    person_id uuid not null references org.person,
    at timestamptz not null,
    primary key (account_id, other_id)
);
comment on table org.not_duplicate is 'Pairs of accounts of which somebody said that they are not one.';
comment on column org.not_duplicate.account_id is 'One of them.';
comment on column org.not_duplicate.other_id is 'The other.';
comment on column org.not_duplicate.person_id is 'Who said so.';
comment on column org.not_duplicate.at is 'When.';
create index not_duplicate_other on org.not_duplicate (other_id);
comment on index org.not_duplicate_other is 'What was said of an account that stands second.';
create index not_duplicate_at on org.not_duplicate (at desc, account_id, other_id);
comment on index org.not_duplicate_at is 'What was said, the latest first.';

create function org.note_for_duplicates() returns trigger
language plpgsql as $$
begin
    insert into org.duplicate_todo (account_id) values (new.id);
    return null;
end
$$;
comment on function org.note_for_duplicates() is 'Lets an account that was written be compared anew.';
create trigger duplicates after insert or update of merged_into on record.accounts
    for each row execute function org.note_for_duplicates();
comment on trigger duplicates on record.accounts is 'What was written, and what was merged.';

insert into org.duplicate_todo (account_id) select id from record.accounts where merged_into is null;
