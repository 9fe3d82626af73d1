-- Departments: people who share a queue of tasks, whatever their territories.

create table org.department (
    id uuid primary key,
    name text not null,
    version bigint not null default 1,
    created_at timestamptz not null default now()
);
comment on table org.department is 'Departments: their members share a queue of tasks.';
comment on column org.department.id is 'The department.';
comment on column org.department.name is 'What it is called.';
comment on column org.department.version is 'Goes up with each change of the name or the members: the entity tag.';
comment on column org.department.created_at is 'When the row was made.';
create unique index department_name on org.department (lower(name));
comment on index org.department_name is 'A department by name; no two alike.';

create table org.department_member (
    department_id uuid not null references org.department on delete cascade,
    person_id uuid not null references org.person,
    since timestamptz not null default now(),
    primary key (department_id, person_id)
);
comment on table org.department_member is 'Who belongs to a department.';
comment on column org.department_member.department_id is 'The department.';
comment on column org.department_member.person_id is 'The member.';
comment on column org.department_member.since is 'Since when.';
create index department_member_person on org.department_member (person_id);
comment on index org.department_member_person is 'A person''s departments.';

alter table org.person add column version bigint not null default 1;
comment on column org.person.version is 'Goes up with each change by the API: the entity tag.';

create function org.led(person uuid) returns table (id uuid)
language sql stable as $$
    with recursive node(id) as (
        select led.person
        union
        select report.id from node join org.person report on report.manager_id = node.id
    )
    select node.id from node
$$;
comment on function org.led(uuid) is 'A person and everybody whom the person leads, directly or not.';

alter table record.tasks add column department_id uuid;
comment on column record.tasks.department_id is 'The department in whose queue it is.';
create index tasks_department on record.tasks (department_id, coalesce(due, 'infinity'::date), id)
    where state = 'open' and department_id is not null;
comment on index record.tasks_department is 'A department''s queue: its open tasks by the day they are due.';

create or replace function record.put_task(doc jsonb) returns void
language plpgsql as $$
begin
    delete from tasks where id = (doc ->> 'id')::uuid;
    insert into tasks (
        id, account_id, creator_id, subject, state, due, priority, assignee_id, done_at, notes, department_id,
        created_at, changed_at, log_position
    )
    select
        id, account_id, creator_id, subject, state, due, priority, assignee_id, done_at, notes, department_id,
        created_at, changed_at, log_position
    from jsonb_populate_record(null::tasks, doc);
end
$$;
