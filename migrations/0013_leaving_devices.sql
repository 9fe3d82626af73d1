-- Devices that leave: ordered to hand over what they have and to wipe themselves, and whether they said that they did.

alter table org.device drop constraint device_state_check;
alter table org.device add constraint device_state_check
    check (state in ('active', 'leaving', 'blocked', 'wiped'));
alter table org.device add column wipe_ordered_at timestamptz;
alter table org.device add column wiped_at timestamptz;
comment on column org.device.state is 'active; leaving (what it sends goes to review, and it is to wipe itself); wiped (it said that it did); blocked (nothing at all).';
comment on column org.device.wipe_ordered_at is 'When it was told to wipe itself. Without wiped_at it has not answered yet.';
comment on column org.device.wiped_at is 'When its word came that everything on it is gone.';
comment on column log.entry.type is 'The word for its type: changes, decision, granted, withdrawn, closed, reference, held, refused, fate, placed, conflict, revoked, wiped.';
