-- Accounts that turned out to be one: an account that was merged has a root. Its records stay with it in the log and on
-- devices; in the central record they stand under the root.

alter table sync.account add column root_id uuid references sync.account check (root_id <> id);
comment on column sync.account.root_id is
    'The account that it was merged into; null for one that is itself. Never one that was merged itself: a merge takes parts along.';
create index account_root on sync.account (root_id) where root_id is not null;
comment on index sync.account_root is 'What was merged into an account: it moves with it, and leases on it count for it.';

create function sync.one(account uuid) returns table (account_id uuid)
language sql stable as $$
    with root as (select coalesce(root_id, id) as id from sync.account known where known.id = one.account)
    select one.account
    union
    select id from root
    union
    select part.id from root join sync.account part on part.root_id = root.id
$$;
comment on function sync.one(uuid) is 'An account with all that is one with it: its root, and what was merged into that.';

drop function sync.accounts_now(uuid[]);
create function sync.accounts_now(accounts uuid[])
returns table (id uuid, territory_id uuid, digest bigint, root_id uuid)
language sql stable as $$
    select account.id, coalesce(moved.to_territory_id, account.territory_id), account.digest, account.root_id
    from sync.account
    left join lateral (
        select item.to_territory_id
        from org.reassignment_account item join org.reassignment on reassignment.id = item.reassignment_id
        where item.account_id = account.id and reassignment.followed_position < reassignment.last_position
    ) moved on true
    where account.id = any(accounts)
$$;
comment on function sync.accounts_now(uuid[]) is
    'Accounts as they lie, also while the rows of a reassignment have not all followed it yet.';

alter table record.accounts add column merged_into uuid;
comment on column record.accounts.merged_into is
    'The account that it was merged into: its contacts, visits, orders, tasks and comments stand there. Null for one that is itself.';

create or replace function record.put_account(doc jsonb) returns void
language plpgsql as $$
begin
    delete from account_tags where account_id = (doc ->> 'id')::uuid;
    delete from accounts where id = (doc ->> 'id')::uuid;
    insert into accounts (
        id, account_id, creator_id, name, external_id, account_type, status, parent_id, phone, email, website,
        street, city, region, postal_code, country, latitude_microdeg, longitude_microdeg, currency, segment,
        visit_every_days, price_list, payment_terms, credit_limit_minor, tax_id, description, territory_id,
        merged_into, created_at, changed_at, log_position
    )
    select
        id, account_id, creator_id, name, external_id, account_type, status, parent_id, phone, email, website,
        street, city, region, postal_code, country, latitude_microdeg, longitude_microdeg, currency, segment,
        visit_every_days, price_list, payment_terms, credit_limit_minor, tax_id, description, territory_id,
        merged_into, created_at, changed_at, log_position
    from jsonb_populate_record(null::accounts, doc);
    insert into account_tags (
        account_id, id, tag
    )
    select
        (doc ->> 'id')::uuid, item.id, item.tag
    from jsonb_populate_recordset(null::account_tags, coalesce(doc -> 'tags', '[]')) item;
end
$$;

create function record.merge(parts uuid[], root uuid) returns void
language plpgsql as $$
declare
    tab text;
begin
    update record.accounts set merged_into = root where id = any(parts);
    -- Every table that says whose its rows are, those of later kinds too. What is of the account itself stays with it.
    for tab in
        select info.table_name from information_schema.columns info
        join information_schema.tables of_schema using (table_schema, table_name)
        where info.table_schema = 'record' and info.column_name = 'account_id' and of_schema.table_type = 'BASE TABLE'
          and info.table_name not in ('accounts', 'account_tags')
    loop
        execute format('update record.%I set account_id = $1 where account_id = any($2)', tab) using root, parts;
    end loop;
end
$$;
comment on function record.merge(uuid[], uuid) is 'Lets the rows of accounts that were merged stand under their root.';

create index entry_alias on log.entry (account_id) where type = 'alias';
comment on index log.entry_alias is 'The merges of an account: the answers to why.';

create or replace view record.activity as
    select entry.position as log_position, entry.at, entry.type as what, entry.late,
           coalesce(account.root_id, entry.account_id) as account_id, entry.record_id, record.kind, device.person_id,
           entry.device_id, device.name as device
    from log.entry
    left join sync.record on record.id = entry.record_id
    left join org.device on device.id = entry.device_id
    left join sync.account on account.id = entry.account_id
    where entry.type in ('changes', 'decision', 'held', 'refused', 'conflict', 'fate', 'alias')
    union all
    select entry.position, entry.at, entry.type, false, coalesce(account.root_id, place.account_id), null, null, null, null,
           null
    from sync.place
    join log.entry on entry.position = place.from_position
    left join sync.account on account.id = place.account_id
    where entry.type = 'placed';
comment on column record.activity.what is 'changes, decision, held, refused, conflict, fate, placed or alias (an account was merged into this one).';

create or replace view record.held as
    select held.position as log_position, entry.at, held.person_id, held.device_id, device.name as device,
           coalesce(account.root_id, held.account_id) as account_id, held.record_id,
           case when held.held then 'held' else 'refused' end as state, held.code, held.fate
    from sync.held
    join log.entry on entry.position = held.position
    join org.device on device.id = held.device_id
    left join sync.account on account.id = held.account_id;
