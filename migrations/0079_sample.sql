-- Sample data: what of the organisation came with it, and accounts that are archived when it is taken away again.

alter table sync.account add column archived_at timestamptz;
comment on column sync.account.archived_at is
    'Since when it and its records have no rows in the central record; null for one in use. The log keeps them: whatever is taken into one of them brings it back.';
create index account_archived on sync.account (id) where archived_at is not null;
comment on index sync.account_archived is 'The archived accounts.';

create function record.take_out(records uuid[]) returns void
language plpgsql as $$
declare
    part record;
begin
    -- The first column of every table's key is the record that its rows are of, in tables of later kinds too.
    for part in
        select class.relname as tab, attribute.attname as col
        from pg_index key
        join pg_class class on class.oid = key.indrelid
        join pg_attribute attribute on attribute.attrelid = class.oid and attribute.attnum = key.indkey[0]
        where class.relnamespace = 'record'::regnamespace and key.indisprimary
    loop
        execute format('delete from record.%I where %I = any($1)', part.tab, part.col) using records;
    end loop;
end
$$;
comment on function record.take_out(uuid[]) is
    'Takes the rows of these records out of the central record. They come back when they are put again.';

create or replace view record.activity as
    select entry.position as log_position, entry.at, entry.type as what, entry.late,
           coalesce(account.root_id, entry.account_id) as account_id, entry.record_id, record.kind, device.person_id,
           entry.device_id, device.name as device
    from log.entry
    left join sync.record on record.id = entry.record_id
    left join org.device on device.id = entry.device_id
    left join sync.account on account.id = entry.account_id
    where entry.type in ('changes', 'decision', 'held', 'refused', 'conflict', 'fate', 'alias')
      and account.archived_at is null
    union all
    select entry.position, entry.at, entry.type, false, coalesce(account.root_id, place.account_id), null, null, null, null,
           null
    from sync.place
    join log.entry on entry.position = place.from_position
    left join sync.account on account.id = place.account_id
    where entry.type = 'placed' and account.archived_at is null;

create or replace function org.unassigned(at timestamptz)
returns table (account_id uuid, territory_id uuid, reason text)
language sql stable as $$
    with held as (
        select distinct entitled.territory_id
        from org.entitled((select array_agg(id) from org.territory where archived_at is null), unassigned.at) entitled
    )
    select account.id, account.territory_id, case
        when territory.is_inbox then 'inbox'
        when unplaced.account_id is not null then 'no_rule'
        else 'no_holder'
    end
    from sync.account account
    join org.territory territory on territory.id = account.territory_id
    left join org.unplaced unplaced
        on unplaced.account_id = account.id and unplaced.territory_id = account.territory_id
    left join held on held.territory_id = account.territory_id
    where (territory.is_inbox or unplaced.account_id is not null or held.territory_id is null)
      and account.archived_at is null
$$;

create table org.sample (
    is_only boolean primary key default true check (is_only),
    loaded_at timestamptz not null,
    removed_at timestamptz
);
comment on table org.sample is 'One row once sample data was loaded.';
comment on column org.sample.is_only is 'Always true: there is but one sample.';
comment on column org.sample.loaded_at is 'When it was loaded last.';
comment on column org.sample.removed_at is 'When it was removed since; null while it is there.';

create table org.sample_part (
    what text not null check (what in ('account', 'person', 'territory', 'holder')),
    id uuid not null,
    position bigint not null,
    primary key (what, id)
);
comment on table org.sample_part is 'What came with the sample, not what was there before or was added since. It stays marked when the sample is removed.';
comment on column org.sample_part.what is 'account, person, territory or holder.';
comment on column org.sample_part.id is 'Which one.';
comment on column org.sample_part.position is 'Where the log ended when it was loaded: what an account has behind it, somebody worked on.';

create table org.sample_reference (
    set text not null,
    key text not null,
    position bigint not null,
    primary key (set, key)
);
comment on table org.sample_reference is 'Reference data that came with the sample.';
comment on column org.sample_reference.set is 'The set.';
comment on column org.sample_reference.key is 'The key within it.';
comment on column org.sample_reference.position is 'Where the log ended when it was loaded: a value published behind it is somebody''s own.';
