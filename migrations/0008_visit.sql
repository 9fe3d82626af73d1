-- The kind visit in the central record, and how it is written.

create table record.visits (
    id uuid primary key,
    account_id uuid not null,
    creator_id uuid not null,
    state text,
    subject text,
    purpose text,
    planned_start timestamptz,
    planned_minutes bigint,
    checked_in_at timestamptz,
    checked_out_at timestamptz,
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
comment on table record.visits is 'A planned or made visit at an account.';
comment on column record.visits.id is 'The record.';
comment on column record.visits.account_id is 'The account it belongs to.';
comment on column record.visits.creator_id is 'The person who created it.';
comment on column record.visits.state is 'How far it is.';
comment on column record.visits.subject is 'What it is about, in a line.';
comment on column record.visits.purpose is 'Why the rep goes there.';
comment on column record.visits.planned_start is 'When it is planned to begin.';
comment on column record.visits.planned_minutes is 'How long it is planned to take, in minutes.';
comment on column record.visits.checked_in_at is 'When the rep arrived, by the device''s clock.';
comment on column record.visits.checked_out_at is 'When the rep left, by the device''s clock.';
comment on column record.visits.outcome is 'What came of it.';
comment on column record.visits.contact_id is 'The contact who was met.';
comment on column record.visits.rep_id is 'The person who makes the visit.';
comment on column record.visits.next_step is 'What was agreed to happen next.';
comment on column record.visits.next_step_due is 'The day by which the next step is to happen.';
comment on column record.visits.notes is 'What was seen and said.';
comment on column record.visits.created_at is 'When the server took it in.';
comment on column record.visits.changed_at is 'When the server last took in a change or a decision.';
comment on column record.visits.log_position is 'Position of the log entry that last changed it.';
create index visits_account on record.visits (account_id, checked_in_at);
comment on index record.visits_account is 'An account''s visits in time.';
create index visits_rep on record.visits (rep_id, checked_in_at);
comment on index record.visits_rep is 'A rep''s visits in time.';

create function record.put_visit(doc jsonb) returns void
language plpgsql as $$
begin
    delete from visits where id = (doc ->> 'id')::uuid;
    insert into visits (
        id, account_id, creator_id, state, subject, purpose, planned_start, planned_minutes, checked_in_at,
        checked_out_at, outcome, contact_id, rep_id, next_step, next_step_due, notes, created_at, changed_at,
        log_position
    )
    select
        id, account_id, creator_id, state, subject, purpose, planned_start, planned_minutes, checked_in_at,
        checked_out_at, outcome, contact_id, rep_id, next_step, next_step_due, notes, created_at, changed_at,
        log_position
    from jsonb_populate_record(null::visits, doc);
end
$$;
comment on function record.put_visit(jsonb) is 'Writes the rows of one visit anew.';
