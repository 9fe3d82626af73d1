-- In which territories an account lies, for prices that hold in one of them.

create function org.above(territory uuid) returns table (id uuid, up integer)
language sql stable as $$
    with recursive node(id, parent_id, up) as (
        select territory.id, territory.parent_id, 0 from org.territory where territory.id = above.territory
        union all
        select whole.id, whole.parent_id, node.up + 1
        from node join org.territory whole on whole.id = node.parent_id
        where node.up < 32
    )
    select node.id, node.up from node
$$;
comment on function org.above(uuid) is
    'A territory and those that it is a part of, with how far up each lies: 0 is itself.';
