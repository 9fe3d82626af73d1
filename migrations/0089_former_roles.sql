-- The roles that a person had before: work captured under them may still come, and is held for the office then (rule B12).

alter table org.person add column former_roles text[] not null default '{}';
comment on column org.person.former_roles is 'The roles that the person had before, each once, the latest last.';

create function org.keep_former_role() returns trigger language plpgsql as $$
begin
    new.former_roles := array_append(array_remove(array_remove(old.former_roles, old.role), new.role), old.role);
    return new;
end
$$;

create trigger former_role before update of role on org.person
for each row when (new.role is distinct from old.role) execute function org.keep_former_role();
comment on trigger former_role on org.person is 'Keeps the role that ends.';
