-- By which rules accounts are placed in territories, and which accounts nobody placed.

create table org.membership_rule (
    id uuid primary key,
    territory_id uuid not null references org.territory,
    position integer not null check (position > 0),
    criteria jsonb not null,
    note text,
    version bigint not null,
    created_by uuid not null references org.person,
    created_at timestamptz not null,
    retired_version bigint check (retired_version > version),
    retired_at timestamptz,
    check ((retired_version is null) = (retired_at is null))
);
comment on table org.membership_rule is 'Rules by which accounts are placed in territories. A rule is never changed: the list of a territory is replaced, and its rows stay for the history.';
comment on column org.membership_rule.id is 'The rule.';
comment on column org.membership_rule.territory_id is 'Where accounts go that it matches.';
comment on column org.membership_rule.position is 'Its place in the territory''s list, from 1.';
comment on column org.membership_rule.criteria is 'What an account must be like: countries, regions, postal_codes, segments, tags, area (GeoJSON).';
comment on column org.membership_rule.note is 'What it is for, in the words of whoever wrote it.';
comment on column org.membership_rule.version is 'The version of all rules with which it came; each replacement of a list makes the next one.';
comment on column org.membership_rule.created_by is 'Who wrote it; what it moves by itself is moved in this person''s name.';
comment on column org.membership_rule.created_at is 'When it came.';
comment on column org.membership_rule.retired_version is 'The version with which it went; null while it stands.';
comment on column org.membership_rule.retired_at is 'When it went.';
create unique index membership_rule_live on org.membership_rule (territory_id, position) where retired_version is null;
comment on index org.membership_rule_live is 'The list of a territory in its order, and all rules that stand.';
create index membership_rule_territory on org.membership_rule (territory_id);
comment on index org.membership_rule_territory is 'All rules that a territory ever had, for its version.';

create table org.placement (
    singleton boolean primary key default true check (singleton),
    position bigint not null
);
comment on table org.placement is 'How far the log was looked through for new accounts that rules may place.';
comment on column org.placement.singleton is 'Always true: there is one row.';
comment on column org.placement.position is 'Accounts that were made at or below this position have been looked at.';
insert into org.placement (position) select coalesce(max(position), 0) from log.entry;
create index place_from on sync.place (from_position);
comment on index sync.place_from is 'Accounts that got a place after a position: the new ones that rules look at.';

create table org.unplaced (
    account_id uuid primary key,
    territory_id uuid not null references org.territory,
    since timestamptz not null
);
comment on table org.unplaced is 'New accounts that no rule placed: they stay where their rep made them until the office says where they belong.';
comment on column org.unplaced.account_id is 'The account.';
comment on column org.unplaced.territory_id is 'Where it lay then. A row counts only while it still lies there: any move answers the question.';
comment on column org.unplaced.since is 'When the rules were asked.';

create function org.unassigned(at timestamptz)
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
    where territory.is_inbox or unplaced.account_id is not null or held.territory_id is null
$$;
comment on function org.unassigned(timestamptz) is
    'Accounts that the office has to assign, each with the reason: it lies in the inbox, no rule placed it, or nobody holds its territory.';

create index accounts_name on record.accounts (coalesce(lower(name), ''), id);
comment on index record.accounts_name is 'Accounts by name, page by page.';
