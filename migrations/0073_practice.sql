-- What people practised on their devices, told in the facts of a hello (rule H9). Nothing of it is in the log.
create table org.practice (
    device_id uuid not null references org.device,
    process text not null,
    version bigint not null,
    times bigint not null check (times > 0),
    last_at timestamptz not null,
    primary key (device_id, process, version)
);
comment on table org.practice is 'How often a version of a process was practised to the end on a device. A person''s is the sum over the person''s devices.';
comment on column org.practice.device_id is 'The device; it stays here when the phone is wiped or replaced.';
comment on column org.practice.process is 'The process''s key.';
comment on column org.practice.version is 'The version.';
comment on column org.practice.times is 'The highest number that the device said.';
comment on column org.practice.last_at is 'When last, by the device''s clock, and never later than when the server heard it.';
create index practice_process on org.practice (process, version);
comment on index org.practice_process is 'Who practised a version.';
