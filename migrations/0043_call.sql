-- The kind call in the central record.

create table record.calls (
    id uuid primary key,
    account_id uuid not null,
    creator_id uuid not null,
    subject text,
    direction text,
    channel text,
    started_at timestamptz,
    minutes bigint,
    outcome text,
    contact_id uuid,
    rep_id uuid,
    next_step text,
    next_step_due date,
    notes text,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    log_position bigint not null
);
comment on table record.calls is 'A conversation with an account by telephone or video.';
comment on column record.calls.id is 'The record.';
comment on column record.calls.account_id is 'The account it belongs to.';
comment on column record.calls.creator_id is 'The person who created it.';
comment on column record.calls.subject is 'What it was about, in a line.';
comment on column record.calls.direction is 'Who called whom; outgoing is from us.';
comment on column record.calls.channel is 'By what.';
comment on column record.calls.started_at is 'When it began, by the device''s clock.';
comment on column record.calls.minutes is 'How long it took, in minutes.';
comment on column record.calls.outcome is 'What came of it.';
comment on column record.calls.contact_id is 'The contact who was spoken to.';
comment on column record.calls.rep_id is 'The person who called or was called.';
comment on column record.calls.next_step is 'What was agreed to happen next.';
comment on column record.calls.next_step_due is 'The day by which the next step is to happen.';
comment on column record.calls.notes is 'What was said.';
comment on column record.calls.created_at is 'When the server took it in.';
comment on column record.calls.changed_at is 'When the server last took in a change or a decision.';
comment on column record.calls.log_position is 'Position of the log entry that last changed it.';
create index calls_account on record.calls (account_id, coalesce(started_at, created_at), id);
comment on index record.calls_account is 'An account''s calls in time: its timeline.';
create index calls_person on record.calls (coalesce(rep_id, creator_id), coalesce(started_at, created_at), id);
comment on index record.calls_person is 'A person''s calls in time.';
create index calls_words on record.calls using gin ((
    setweight(record.words(subject), 'B')
           || record.words(next_step)
           || record.words(notes)));
comment on index record.calls_words is 'Search: calls by word.';

select record.make_put('call', 'calls');
select record.show_in('timeline', 'call', $part$
    select id, account_id, 'call', coalesce(started_at, created_at), coalesce(subject, direction), notes, coalesce(rep_id, creator_id), null,
           outcome, null, null, null
    from record.calls
$part$);
select record.show_in('searchable', 'call', $part$
    select id, account_id, 'call', coalesce(subject, direction), concat_ws(' ', notes, next_step),
           setweight(record.words(subject), 'B')
           || record.words(next_step)
           || record.words(notes)
    from record.calls
$part$);
