-- What the HTTP API keeps for itself: who did what from where, and the answers to requests that may come twice.

create table org.audit (
    id uuid primary key,
    at timestamptz not null,
    person_id uuid references org.person,
    address inet,
    action text not null,
    subject text,
    subject_id uuid,
    detail jsonb not null default '{}'
);
comment on table org.audit is 'Who did what from where. Written in the transaction of what was done; never edited.';
comment on column org.audit.id is 'The row, in the order of time.';
comment on column org.audit.at is 'When, by the server''s clock.';
comment on column org.audit.person_id is 'Who; null for the server itself and for somebody who was not known yet.';
comment on column org.audit.address is 'From which network address, if over the network.';
comment on column org.audit.action is 'What was done, as subject and verb: person.deactivate, reassignment.create.';
comment on column org.audit.subject is 'What kind of thing it was done to.';
comment on column org.audit.subject_id is 'Which one.';
comment on column org.audit.detail is 'What else is worth knowing; no secrets.';
create index audit_person on org.audit (person_id, id);
comment on index org.audit_person is 'What one person did.';
create index audit_subject on org.audit (subject_id, id) where subject_id is not null;
comment on index org.audit_subject is 'What was done to one thing.';

create table org.idempotency (
    person_id uuid not null references org.person,
    key text not null check (length(key) between 1 and 255),
    fingerprint bytea not null check (length(fingerprint) = 32),
    seed bytea not null check (length(seed) = 16),
    begun_at timestamptz not null,
    status smallint,
    headers jsonb,
    body bytea,
    primary key (person_id, key)
);
comment on table org.idempotency is 'Requests that carried an Idempotency-Key, for a day: a repeated one gets the same answer and does nothing.';
comment on column org.idempotency.person_id is 'Who asked; keys of different people have nothing to do with each other.';
comment on column org.idempotency.key is 'The key, as sent.';
comment on column org.idempotency.fingerprint is 'SHA-256 of method, path and body: the same key with another request is a mistake.';
comment on column org.idempotency.seed is 'The id of what the request makes, so that one cut off by a crash and done again makes it once.';
comment on column org.idempotency.begun_at is 'When the request came.';
comment on column org.idempotency.status is 'The answer''s status; null while it is being worked on.';
comment on column org.idempotency.headers is 'The answer''s headers that matter.';
comment on column org.idempotency.body is 'The answer''s body.';
create index idempotency_begun on org.idempotency (begun_at);
comment on index org.idempotency_begun is 'What is older than a day.';
