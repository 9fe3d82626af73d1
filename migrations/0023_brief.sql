-- What the office looks through: fields that several people wrote at once, late values that were put back, and the
-- indexes behind briefs, the inbox of held work and the answers to why.

create table record.conflicts (
    record_id uuid not null,
    account_id uuid not null,
    kind text not null,
    path text[] not null,
    "values" jsonb not null,
    log_position bigint not null,
    primary key (record_id, path)
);
comment on table record.conflicts is 'Fields that several people wrote at once, differently. Written with the record; gone once somebody writes the field again.';
comment on column record.conflicts.record_id is 'The record.';
comment on column record.conflicts.account_id is 'The account it belongs to.';
comment on column record.conflicts.kind is 'The word of its kind.';
comment on column record.conflicts.path is 'The field: names from the root of the record to it.';
comment on column record.conflicts.values is 'What was written: an array of objects with value, change (the hash of the change that wrote it, in hex) and stands (the one that everybody sees meanwhile).';
comment on column record.conflicts.log_position is 'Position of the log entry that last changed the record.';
create index conflicts_account on record.conflicts (account_id);
comment on index record.conflicts_account is 'The conflicts of an account.';
create index conflicts_inbox on record.conflicts (log_position, record_id, path);
comment on index record.conflicts_inbox is 'The inbox of conflicts, oldest first, page by page.';

create table org.late_conflict (
    position bigint not null references log.entry,
    path text[] not null,
    record_id uuid not null,
    account_id uuid not null,
    kept jsonb not null,
    late jsonb not null,
    resolved_at timestamptz,
    resolved_by uuid references org.person,
    resolved_how text check (resolved_how in ('kept', 'taken', 'written')),
    resolved_position bigint,
    primary key (position, path),
    check (num_nulls(resolved_at, resolved_by, resolved_how) in (0, 3))
);
comment on table org.late_conflict is 'Values that late work wrote over what others had written since: their value was put back, and somebody is to judge.';
comment on column org.late_conflict.position is 'The conflict entry of the log that says so.';
comment on column org.late_conflict.path is 'The field, or the item: names from the root of the record to it.';
comment on column org.late_conflict.record_id is 'The record.';
comment on column org.late_conflict.account_id is 'The account it belongs to.';
comment on column org.late_conflict.kept is 'The value that was put back; null if an item was removed again.';
comment on column org.late_conflict.late is 'The late value; null if the late work had removed it.';
comment on column org.late_conflict.resolved_at is 'When somebody judged; null while it is open.';
comment on column org.late_conflict.resolved_by is 'Who judged.';
comment on column org.late_conflict.resolved_how is 'kept: the value that was put back stands; taken: the late one was written; written: another was.';
comment on column org.late_conflict.resolved_position is 'The log entry that wrote the value, if one was written.';
create index late_conflict_open on org.late_conflict (position, path) where resolved_at is null;
comment on index org.late_conflict_open is 'The inbox of late conflicts, oldest first, page by page.';
create index late_conflict_record on org.late_conflict (record_id);
comment on index org.late_conflict_record is 'The late conflicts of a record.';

create index held_account on sync.held (account_id) where held and fate is null;
comment on index sync.held_account is 'What is held of an account: its brief, the inbox by account.';
create index entry_late_account on log.entry (account_id, position) where late;
comment on index log.entry_late_account is 'What came late of an account: its brief.';
create index lease_handing_over on sync.lease (account_id) where withdrawn is not null and closed is null and account_id is not null;
comment on index sync.lease_handing_over is 'The devices that still hand an account over: its brief.';
create index held_position on sync.held (position);
comment on index sync.held_position is 'One item by the position at which it was set aside; the inbox page by page.';
