-- The kind task in the central record, and how it is written.

create table record.tasks (
    id uuid primary key,
    account_id uuid not null,
    creator_id uuid not null,
    subject text,
    state text,
    due date,
    priority text,
    assignee_id uuid,
    done_at timestamptz,
    notes text,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    log_position bigint not null
);
comment on table record.tasks is 'Something to do for an account.';
comment on column record.tasks.id is 'The record.';
comment on column record.tasks.account_id is 'The account it belongs to.';
comment on column record.tasks.creator_id is 'The person who created it.';
comment on column record.tasks.subject is 'What is to be done.';
comment on column record.tasks.state is 'How it stands.';
comment on column record.tasks.due is 'The day by which it is to be done.';
comment on column record.tasks.priority is 'How urgent it is.';
comment on column record.tasks.assignee_id is 'The person who is to do it.';
comment on column record.tasks.done_at is 'When it was done or cancelled.';
comment on column record.tasks.notes is 'What one should know to do it.';
comment on column record.tasks.created_at is 'When the server took it in.';
comment on column record.tasks.changed_at is 'When the server last took in a change or a decision.';
comment on column record.tasks.log_position is 'Position of the log entry that last changed it.';
create index tasks_account on record.tasks (account_id);
comment on index record.tasks_account is 'An account''s tasks.';
create index tasks_due on record.tasks (due) where state = 'open';
comment on index record.tasks_due is 'Open tasks by the day they are due.';

create function record.put_task(doc jsonb) returns void
language plpgsql as $$
begin
    delete from tasks where id = (doc ->> 'id')::uuid;
    insert into tasks (
        id, account_id, creator_id, subject, state, due, priority, assignee_id, done_at, notes, created_at,
        changed_at, log_position
    )
    select
        id, account_id, creator_id, subject, state, due, priority, assignee_id, done_at, notes, created_at,
        changed_at, log_position
    from jsonb_populate_record(null::tasks, doc);
end
$$;
comment on function record.put_task(jsonb) is 'Writes the rows of one task anew.';
