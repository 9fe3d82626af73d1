-- What comes first when accounts come to a device: those to which somebody is about to go, then those with open tasks (rule P9).

create index tasks_open on record.tasks (account_id) where state = 'open';
comment on index record.tasks_open is 'Accounts with open tasks, among those that are granted to a device.';

create function sync.urgent(accounts uuid[], moment timestamptz) returns table (account_id uuid, has_visit boolean)
language sql stable parallel safe as $$
    select urgent.account_id, bool_or(urgent.is_visit)
    from (
        -- A planned visit stands in record.visits_at by its planned start. Days begin elsewhere at other times.
        select visits.account_id, true as is_visit from record.visits
        where state = 'planned' and planned_start is not null
            and coalesce(checked_in_at, planned_start, created_at) >= moment - interval '1 day'
            and coalesce(checked_in_at, planned_start, created_at) < moment + interval '2 days'
        union all
        select tasks.account_id, false from record.tasks where state = 'open'
    ) urgent
    where urgent.account_id = any(accounts)
    group by urgent.account_id
$$;
comment on function sync.urgent(uuid[], timestamptz) is
    'Of these accounts, those with a visit planned from a day before the moment to two days after it, and those with open tasks.';
