-- What a move stands on may change until it takes effect: territories go out of use, holdings have ends of their own.

create function org.in_use(territory uuid) returns uuid
language sql stable as $$
    with recursive stands(id, successor_id, archived_at) as (
        select id, successor_id, archived_at from org.territory where id = in_use.territory
        union
        select next.id, next.successor_id, next.archived_at
        from stands join org.territory next on next.id = stands.successor_id and stands.archived_at is not null
    )
    select coalesce(
        (select id from stands where archived_at is null),
        (select id from org.territory where is_inbox and exists (select from stands)),
        in_use.territory
    )
$$;
comment on function org.in_use(uuid) is
    'The territory that stands for this one now: itself while it is in use, else what took over from it, else the inbox; itself where there is nothing of that.';

alter table org.reassignment_holder add column was_to_at timestamptz;
comment on column org.reassignment_holder.was_to_at is 'For a holding that it ended: when it would have ended by itself; null if never. What undoes the reassignment gives it back until then.';

comment on table org.reassignment_account is
    'The accounts of a reassignment, and where each goes. Brought up to date once, when it takes effect, with where they lie then.';
