-- The tree of territories as admins keep it: its inbox, territories out of use, versions of what is edited.

alter table org.territory
    add column is_inbox boolean not null default false,
    add column archived_at timestamptz,
    add column successor_id uuid references org.territory,
    add column version bigint not null default 1,
    add check (not (is_inbox and archived_at is not null));
comment on column org.territory.is_inbox is 'Whether accounts that nobody placed wait here for the office. At most one territory is the inbox.';
comment on column org.territory.archived_at is 'When it was taken out of use; null while it is in use. Its row stays, for the history of accounts.';
comment on column org.territory.successor_id is 'The territory that took over its accounts and parts when it was archived, if there was one.';
comment on column org.territory.version is 'Counts the edits of this row, so that nobody overwrites an edit that they have not seen.';
create unique index territory_inbox on org.territory (is_inbox) where is_inbox;
comment on index org.territory_inbox is 'The inbox; there is one at most.';

create or replace view record.territories as
    select id, code, name, parent_id, archived_at from org.territory;
comment on column record.territories.archived_at is 'When it was taken out of use; null while it is in use.';

create function org.tree() returns table (territory_id uuid, path text[], level integer)
language sql stable as $$
    with recursive node(id, path, level) as (
        select id, array[code], 1 from org.territory where parent_id is null
        union all
        select part.id, node.path || part.code, node.level + 1
        from node join org.territory part on part.parent_id = node.id
        where node.level < 32
    )
    select id, path, level from node
$$;
comment on function org.tree() is
    'Every territory with its path, the codes from the root to itself, and its level, from 1.';

create function org.tree_fault(territory uuid, levels_max integer) returns text
language sql stable as $$
    with recursive above(id, parent_id, level) as (
        select id, parent_id, 1 from org.territory where id = tree_fault.territory
        union all
        select whole.id, whole.parent_id, above.level + 1
        from above join org.territory whole on whole.id = above.parent_id
        where above.level < 32
    ), below(id, level) as (
        select tree_fault.territory, 0
        union all
        select part.id, below.level + 1
        from below join org.territory part on part.parent_id = below.id
        where below.level < 32
    )
    select case
        when exists (select from above where level > 1 and id = tree_fault.territory) then 'cycle'
        when exists (select from above join org.territory whole using (id)
                     where above.level > 1 and whole.archived_at is not null) then 'archived'
        when (select max(level) from above) + (select max(level) from below) > levels_max then 'too_deep'
    end
$$;
comment on function org.tree_fault(uuid, integer) is
    'What is wrong with the place of a territory in the tree: cycle, archived (a part of what is out of use), too_deep; null when nothing is. Asked under the log''s lock after each change of a parent.';
