-- What accounts, contacts, visits and tasks say since the second (tasks: third) version of their kinds.

alter table record.accounts
    add column loyalty_tier text,
    add column referred_by_id uuid,
    add column referred_by_contact_id uuid,
    add column source text,
    add column credit_hold boolean,
    add column owed_minor bigint;
comment on column record.accounts.loyalty_tier is 'Key of the loyalty tier that it has reached.';
comment on column record.accounts.referred_by_id is 'The account that referred it to us.';
comment on column record.accounts.referred_by_contact_id is 'The contact who referred it to us.';
comment on column record.accounts.source is 'How we came to know it.';
comment on column record.accounts.credit_hold is 'Whether it gets nothing more on credit for now.';
comment on column record.accounts.owed_minor is 'What it owes, in minor units of its currency, as the system behind last said.';

create table record.account_relations (
    account_id uuid not null,
    id uuid not null,
    other_id uuid,
    relation text,
    note text,
    primary key (account_id, id)
);
comment on table record.account_relations is 'How it stands to other accounts.';
comment on column record.account_relations.account_id is 'The account.';
comment on column record.account_relations.id is 'The item within its account.';
comment on column record.account_relations.other_id is 'The other account.';
comment on column record.account_relations.relation is 'What this account is or does to the other.';
comment on column record.account_relations.note is 'What one should know about it.';

alter table record.accounts add column owed numeric generated always as (record.major(owed_minor, currency)) stored;
comment on column record.accounts.owed is 'What it owes, as a decimal of its currency.';
create index accounts_parent on record.accounts (parent_id) where parent_id is not null;
comment on index record.accounts_parent is 'The outlets of an account.';
create index accounts_referred on record.accounts (referred_by_id) where referred_by_id is not null;
comment on index record.accounts_referred is 'Whom an account referred to us.';
create index account_relations_other on record.account_relations (other_id);
comment on index record.account_relations_other is 'The accounts that stand in a relation to one.';

select record.make_put('account', 'accounts', '{tags,relations}');

alter table record.contacts
    add column salutation text,
    add column language text,
    add column influence text,
    add column best_time text;
comment on column record.contacts.salutation is 'How letters begin.';
comment on column record.contacts.language is 'Language the person prefers, as an IETF tag.';
comment on column record.contacts.influence is 'What the person has to say in a purchase.';
comment on column record.contacts.best_time is 'When the person is best reached.';

create table record.contact_channels (
    contact_id uuid not null,
    account_id uuid not null,
    id uuid not null,
    position bigint,
    channel text,
    address text,
    label text,
    is_preferred boolean,
    primary key (contact_id, id)
);
comment on table record.contact_channels is 'Further ways to reach the person.';
comment on column record.contact_channels.contact_id is 'The contact.';
comment on column record.contact_channels.account_id is 'The contact''s account.';
comment on column record.contact_channels.id is 'The item within its contact.';
comment on column record.contact_channels.position is 'Place among the channels, lowest first.';
comment on column record.contact_channels.channel is 'By what.';
comment on column record.contact_channels.address is 'Number or address.';
comment on column record.contact_channels.label is 'What it is to the person, such as work or home.';
comment on column record.contact_channels.is_preferred is 'Whether the person would rather be reached there.';

create table record.contact_consents (
    contact_id uuid not null,
    account_id uuid not null,
    id uuid not null,
    channel text,
    purpose text,
    decision text,
    at timestamptz,
    source text,
    proof text,
    primary key (contact_id, id)
);
comment on table record.contact_consents is 'What the person consented to, and took back.';
comment on column record.contact_consents.contact_id is 'The contact.';
comment on column record.contact_consents.account_id is 'The contact''s account.';
comment on column record.contact_consents.id is 'The item within its contact.';
comment on column record.contact_consents.channel is 'For which channel.';
comment on column record.contact_consents.purpose is 'For what.';
comment on column record.contact_consents.decision is 'Whether it was given or taken back.';
comment on column record.contact_consents.at is 'When the person said so.';
comment on column record.contact_consents.source is 'How the person said so.';
comment on column record.contact_consents.proof is 'What shows it, such as where the form is kept.';
create index contact_channels_address on record.contact_channels (lower(address));
comment on index record.contact_channels_address is 'A contact by number or address.';

create view record.contact_consent as
    select distinct on (contact_id, channel, purpose)
           contact_id, account_id, channel, purpose, decision = 'given' as is_given, at, source, proof
    from record.contact_consents
    order by contact_id, channel, purpose, at desc nulls last, id desc;
comment on view record.contact_consent is 'What stands of a contact''s consents: the latest for each channel and purpose. Without a row there is none.';
comment on column record.contact_consent.contact_id is 'The contact.';
comment on column record.contact_consent.account_id is 'The contact''s account.';
comment on column record.contact_consent.channel is 'For which channel.';
comment on column record.contact_consent.purpose is 'For what.';
comment on column record.contact_consent.is_given is 'Whether it is given.';
comment on column record.contact_consent.at is 'When the person said so.';
comment on column record.contact_consent.source is 'How the person said so.';
comment on column record.contact_consent.proof is 'What shows it.';

select record.make_put('contact', 'contacts', '{channels,consents}');

alter table record.visits
    add column place text;
comment on column record.visits.place is 'Where one met.';

create table record.visit_attendees (
    visit_id uuid not null,
    account_id uuid not null,
    id uuid not null,
    contact_id uuid,
    name text,
    primary key (visit_id, id)
);
comment on table record.visit_attendees is 'Who else took part.';
comment on column record.visit_attendees.visit_id is 'The visit.';
comment on column record.visit_attendees.account_id is 'The visit''s account.';
comment on column record.visit_attendees.id is 'The item within its visit.';
comment on column record.visit_attendees.contact_id is 'The contact, if the person is one.';
comment on column record.visit_attendees.name is 'Who it was.';

select record.make_put('visit', 'visits', '{attendees}');

alter table record.tasks
    add column subject_id uuid,
    add column task_type text,
    add column due_at timestamptz;
comment on column record.tasks.subject_id is 'The record that it is about.';
comment on column record.tasks.task_type is 'What sort of task it is; coaching is for a rep, from the manager.';
comment on column record.tasks.due_at is 'The moment by which it is to be done, where a day is too coarse.';
create index tasks_subject on record.tasks (subject_id) where subject_id is not null;
comment on index record.tasks_subject is 'The tasks about a record, such as what a manager asked a rep to do after a visit.';

select record.make_put('task', 'tasks');
