-- What carrying processes out needs of the centre: the codes by which processes name departments, how far the log was looked
-- through for what follows in runs, and when a record was made by its own device.

alter table org.department add column code text;
with made as (
    select id, left(trim(both '_' from regexp_replace(lower(name), '[^a-z0-9]+', '_', 'g')), 30) as code from org.department
), numbered as (
    select id, code, row_number() over (partition by code order by id) as place from made
)
update org.department
set code = case when numbered.code = '' or numbered.place > 1 then 'department_' || right(department.id::text, 12)
                else numbered.code end
from numbered where numbered.id = department.id;
alter table org.department alter column code set not null;
alter table org.department add constraint department_code_shape check (code ~ '^[a-z0-9_]{1,30}$');
create unique index department_code on org.department (code);
comment on column org.department.code is 'The word by which processes name it; it stays when the department is called otherwise.';
comment on index org.department_code is 'A department by its code; no two alike.';

create table org.process_watch (
    singleton boolean primary key default true check (singleton),
    position bigint not null
);
comment on table org.process_watch is 'How far the log was looked through for what follows in runs of processes.';
comment on column org.process_watch.singleton is 'Always true: there is one row.';
comment on column org.process_watch.position is 'What stands at or below this position has been looked at.';
insert into org.process_watch (position) select coalesce(max(position), 0) from log.entry;

create index runs_running on record.runs (process, version, started_at) where state = 'running';
comment on index record.runs_running is 'Runs that go on, the oldest first: those that take too long.';

create function record.made_at(id uuid) returns timestamptz
language sql immutable strict as $$
    select case when substr(id::text, 15, 1) = '7'
        then to_timestamp((('x' || lpad(left(replace(id::text, '-', ''), 12), 16, '0'))::bit(64)::bigint) / 1000.0) end
$$;
comment on function record.made_at(uuid) is
    'When a record was made, by the clock of the device that made it: the time in its id, if it is a UUID of version 7.';
