-- What happened, and what is held, as office and reports read it: views beside the tables of the central record.

alter table log.entry add column late boolean not null default false;
comment on column log.entry.late is 'Changes that a device pushed under a lease that it had lost: taken in, marked late.';
create index entry_late on log.entry (position) where late;
comment on index log.entry_late is 'What came late.';

create view record.activity as
    select entry.position as log_position, entry.at, entry.type as what, entry.late, entry.account_id, entry.record_id,
           record.kind, device.person_id, entry.device_id, device.name as device
    from log.entry
    left join sync.record on record.id = entry.record_id
    left join org.device on device.id = entry.device_id
    where entry.type in ('changes', 'decision', 'held', 'refused', 'conflict', 'fate', 'placed');
comment on view record.activity is 'What happened to accounts and records, in the order of the log.';
comment on column record.activity.log_position is 'Position in the log.';
comment on column record.activity.at is 'When the server took it in.';
comment on column record.activity.what is 'changes, decision, held, refused, conflict, fate or placed.';
comment on column record.activity.late is 'Taken in although its device had lost the account when it came.';
comment on column record.activity.account_id is 'The account, if it is about one that is known.';
comment on column record.activity.record_id is 'The record, if it is about one.';
comment on column record.activity.kind is 'The record''s kind, if it is in the record.';
comment on column record.activity.person_id is 'Whose device it came from; null for the office and imports.';
comment on column record.activity.device_id is 'The device it came from; null for the office and imports.';
comment on column record.activity.device is 'What the device is called.';

create view record.held as
    select held.position as log_position, entry.at, held.person_id, held.device_id, device.name as device, held.account_id,
           held.record_id, case when held.held then 'held' else 'refused' end as state, held.code, held.fate
    from sync.held
    join log.entry on entry.position = held.position
    join org.device on device.id = held.device_id;
comment on view record.held is 'Work that is not in the record, kept whole: held until somebody decides, or refused.';
comment on column record.held.log_position is 'Position of the log entry that says so.';
comment on column record.held.at is 'When the server said so.';
comment on column record.held.person_id is 'Whose work it is.';
comment on column record.held.device_id is 'The device it came from.';
comment on column record.held.device is 'What the device is called.';
comment on column record.held.account_id is 'The account, where known.';
comment on column record.held.record_id is 'The record that it would change or create, if it is about one.';
comment on column record.held.state is 'held, or refused for good.';
comment on column record.held.code is 'The stable code of the reason.';
comment on column record.held.fate is 'What became of it: released, re_authored, re_applied or discarded; null while it waits.';
