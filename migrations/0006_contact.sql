-- The kind contact in the central record, and how it is written.

create table record.contacts (
    id uuid primary key,
    account_id uuid not null,
    creator_id uuid not null,
    name text,
    given_name text,
    family_name text,
    title text,
    role text,
    phone text,
    mobile text,
    email text,
    preferred_channel text,
    status text,
    external_id text,
    notes text,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    log_position bigint not null
);
comment on table record.contacts is 'A person at an account.';
comment on column record.contacts.id is 'The record.';
comment on column record.contacts.account_id is 'The account it belongs to.';
comment on column record.contacts.creator_id is 'The person who created it.';
comment on column record.contacts.name is 'Full name, as one addresses the person.';
comment on column record.contacts.given_name is 'Given name.';
comment on column record.contacts.family_name is 'Family name, for sorting.';
comment on column record.contacts.title is 'Position, as on the business card.';
comment on column record.contacts.role is 'Part in the sale, such as buyer or decision maker.';
comment on column record.contacts.phone is 'Desk telephone.';
comment on column record.contacts.mobile is 'Mobile telephone.';
comment on column record.contacts.email is 'E-mail address.';
comment on column record.contacts.preferred_channel is 'How the person wishes to be reached; none means not at all.';
comment on column record.contacts.status is 'Whether the person still works there.';
comment on column record.contacts.external_id is 'Its number in the system behind.';
comment on column record.contacts.notes is 'What one should know about the person.';
comment on column record.contacts.created_at is 'When the server took it in.';
comment on column record.contacts.changed_at is 'When the server last took in a change or a decision.';
comment on column record.contacts.log_position is 'Position of the log entry that last changed it.';
create index contacts_account on record.contacts (account_id);
comment on index record.contacts_account is 'An account''s contacts.';

create function record.put_contact(doc jsonb) returns void
language plpgsql as $$
begin
    delete from contacts where id = (doc ->> 'id')::uuid;
    insert into contacts (
        id, account_id, creator_id, name, given_name, family_name, title, role, phone, mobile, email,
        preferred_channel, status, external_id, notes, created_at, changed_at, log_position
    )
    select
        id, account_id, creator_id, name, given_name, family_name, title, role, phone, mobile, email,
        preferred_channel, status, external_id, notes, created_at, changed_at, log_position
    from jsonb_populate_record(null::contacts, doc);
end
$$;
comment on function record.put_contact(jsonb) is 'Writes the rows of one contact anew.';
