-- Reassignment: accounts and territories that change hands, as one resource from the plan to the last drained device.
--
-- It takes effect by one append of entries and one updated row. What follows from those entries (leases, places, the
-- central record) is written afterwards in small pieces, in the order of the log, up to followed_position; until then
-- whoever reads leases and places adds what the entries between followed_position and last_position say. So a stop at
-- any point leaves a state that is right.

create table org.entitlement (
    singleton boolean primary key default true check (singleton),
    changes bigint not null default 0
);
comment on table org.entitlement is 'The one row that counts changes of who is entitled to what.';
comment on column org.entitlement.singleton is 'Always true: there is one row.';
comment on column org.entitlement.changes is 'Raised whenever holders, managers, territories or devices in use change: a plan made at another count is stale.';
insert into org.entitlement default values;

create function org.count_entitlement() returns trigger
language plpgsql as $$
begin
    update org.entitlement set changes = changes + 1;
    return null;
end
$$;
comment on function org.count_entitlement() is 'Notes that somebody may be entitled to something else now.';

create trigger entitlement after insert or update or delete on org.holder
    for each statement execute function org.count_entitlement();
comment on trigger entitlement on org.holder is 'Who holds what.';
create trigger entitlement after update on org.territory
    for each row when (old.parent_id is distinct from new.parent_id) execute function org.count_entitlement();
comment on trigger entitlement on org.territory is 'What is a part of what. A new territory is held by nobody yet, except through what it is a part of.';
create trigger entitlement_new after insert on org.territory
    for each row when (new.parent_id is not null) execute function org.count_entitlement();
comment on trigger entitlement_new on org.territory is 'A new part of a territory.';
create trigger entitlement after update on org.person
    for each row when (old.manager_id is distinct from new.manager_id or old.active <> new.active)
    execute function org.count_entitlement();
comment on trigger entitlement on org.person is 'Who leads whom, and who works here.';
create trigger entitlement after update on org.device
    for each row when (old.state <> new.state or old.person_id <> new.person_id)
    execute function org.count_entitlement();
comment on trigger entitlement on org.device is 'Which devices are in use. Most updates of a device change neither.';
create trigger entitlement_new after insert on org.device
    for each statement execute function org.count_entitlement();
comment on trigger entitlement_new on org.device is 'A new device.';

create function org.entitled_if(
    territories uuid[], at timestamptz, ended uuid[], people uuid[], places uuid[]
) returns table (territory_id uuid, person_id uuid, holds boolean)
language sql stable as $$
    with recursive node(territory_id, id) as (
        select id, id from org.territory where id = any(territories)
        union
        select node.territory_id, territory.parent_id
        from node join org.territory on territory.id = node.id
        where territory.parent_id is not null
    ), person(territory_id, id, holds) as (
        select node.territory_id, held.person_id, true
        from node
        join lateral (
            select holder.person_id from org.holder
            where holder.territory_id = node.id and holder.from_at <= at and (holder.to_at is null or holder.to_at > at)
              and holder.id <> all(ended)
            union all
            select added.person_id from unnest(people, places) as added(person_id, territory_id)
            where added.territory_id = node.id
        ) held on true
        union
        select person.territory_id, led.manager_id, false
        from person join org.person led on led.id = person.id
        where led.manager_id is not null
    )
    select person.territory_id, person.id, bool_or(person.holds)
    from person join org.person known on known.id = person.id and known.active
    group by person.territory_id, person.id
$$;
comment on function org.entitled_if(uuid[], timestamptz, uuid[], uuid[], uuid[]) is
    'Who would be entitled to the accounts of these territories if some holdings had ended and each of these people held the place of the same rank.';

create or replace function org.entitled(territories uuid[], at timestamptz)
returns table (territory_id uuid, person_id uuid, holds boolean)
language sql stable as $$
    select * from org.entitled_if(territories, at, '{}', '{}', '{}')
$$;

create table org.reassignment (
    id uuid primary key,
    kind text not null check (kind in ('permanent', 'cover', 'reversal')),
    shape text not null check (shape in ('accounts', 'holders')),
    asked jsonb not null,
    from_territory_id uuid references org.territory,
    from_person_id uuid references org.person,
    to_person_id uuid references org.person,
    reverses uuid references org.reassignment,
    late_policy text not null check (late_policy in ('accept', 'review', 'refuse')),
    grace_s bigint not null check (grace_s >= 0),
    note text,
    allow_unheld boolean not null default false,
    created_by uuid not null references org.person,
    created_at timestamptz not null,
    effect_at timestamptz not null,
    ends_at timestamptz check (ends_at > effect_at),
    effected_at timestamptz,
    grace_until timestamptz,
    first_position bigint,
    followed_position bigint,
    last_position bigint,
    outcome text check (outcome in ('complete', 'abandoned', 'cancelled')),
    ended_at timestamptz,
    ended_by uuid references org.person,
    why text,
    check ((kind = 'cover') = (ends_at is not null)),
    check ((kind = 'reversal') = (reverses is not null)),
    check (num_nonnulls(effected_at, grace_until, first_position, followed_position, last_position) in (0, 5)),
    check ((outcome is null) = (ended_at is null)),
    check (outcome is null or (outcome = 'cancelled') = (first_position is null))
);
comment on table org.reassignment is 'A change of hands: planned, in effect, draining, and how it ended.';
comment on column org.reassignment.id is 'The reassignment.';
comment on column org.reassignment.kind is 'permanent; cover (comes back by itself at ends_at); reversal (undoes another one).';
comment on column org.reassignment.shape is 'accounts (they come to lie in other territories) or holders (others come to hold the territories).';
comment on column org.reassignment.asked is 'What was asked for, in the words of the API.';
comment on column org.reassignment.from_territory_id is 'For holders: the territory that changes hands; null when it is all that a person holds.';
comment on column org.reassignment.from_person_id is 'For holders: whose holdings change hands; null when it is one territory.';
comment on column org.reassignment.to_person_id is 'For holders: who comes to hold. Accounts have their destinations in reassignment_account.';
comment on column org.reassignment.reverses is 'The one that this one undoes.';
comment on column org.reassignment.late_policy is 'What happens to work that comes late from those who lose.';
comment on column org.reassignment.grace_s is 'For how long after the effect that holds, in seconds; then review.';
comment on column org.reassignment.note is 'A word for the people concerned.';
comment on column org.reassignment.allow_unheld is 'Accounts may come to lie where nobody holds them.';
comment on column org.reassignment.created_by is 'Who asked for it.';
comment on column org.reassignment.created_at is 'When.';
comment on column org.reassignment.effect_at is 'When it is to take effect; one that was due while the server was down takes effect at its start.';
comment on column org.reassignment.ends_at is 'When a cover comes back.';
comment on column org.reassignment.effected_at is 'When it took effect; null while it is planned.';
comment on column org.reassignment.grace_until is 'Until when late work is taken as the policy says.';
comment on column org.reassignment.first_position is 'Position of its first entry; one without entries has that of the next one, behind its last.';
comment on column org.reassignment.followed_position is 'Up to where rows have followed its entries.';
comment on column org.reassignment.last_position is 'Position of its last entry.';
comment on column org.reassignment.outcome is 'complete, abandoned (grace over while devices still drained) or cancelled; null until it ended.';
comment on column org.reassignment.ended_at is 'When it ended.';
comment on column org.reassignment.ended_by is 'Who cancelled it; null when nobody did.';
comment on column org.reassignment.why is 'For one that could not take effect: the code of the reason.';
create index reassignment_due on org.reassignment (effect_at) where first_position is null and outcome is null;
comment on index org.reassignment_due is 'What is planned, soonest first.';
create index reassignment_flight on org.reassignment (followed_position) where followed_position < last_position;
comment on index org.reassignment_flight is 'The one whose rows have not all followed yet, if there is one: asked by every append.';
create index reassignment_open on org.reassignment (first_position) where first_position is not null and outcome is null;
comment on index org.reassignment_open is 'Those in effect that may have ended since.';
create unique index reassignment_reverses on org.reassignment (reverses)
    where reverses is not null and outcome is distinct from 'cancelled';
comment on index org.reassignment_reverses is 'Each is undone at most once.';

create table org.reassignment_account (
    reassignment_id uuid not null references org.reassignment,
    account_id uuid not null,
    from_territory_id uuid not null references org.territory,
    to_territory_id uuid not null references org.territory,
    primary key (reassignment_id, account_id)
);
comment on table org.reassignment_account is 'The accounts of a reassignment, and where each goes; never changed.';
comment on column org.reassignment_account.reassignment_id is 'The reassignment.';
comment on column org.reassignment_account.account_id is 'The account.';
comment on column org.reassignment_account.from_territory_id is 'Where it lies before.';
comment on column org.reassignment_account.to_territory_id is 'Where it lies after.';
create index reassignment_account_account on org.reassignment_account (account_id);
comment on index org.reassignment_account_account is 'The reassignments of an account: its history, what is planned, and where it lies while rows follow.';

create table org.reassignment_holder (
    reassignment_id uuid not null references org.reassignment,
    holder_id uuid not null references org.holder,
    change text not null check (change in ('ended', 'added')),
    primary key (reassignment_id, holder_id)
);
comment on table org.reassignment_holder is 'The holdings that a reassignment ended or began.';
comment on column org.reassignment_holder.reassignment_id is 'The reassignment.';
comment on column org.reassignment_holder.holder_id is 'The holding.';
comment on column org.reassignment_holder.change is 'ended or added.';

create index lease_draining on sync.lease (withdrawn) where withdrawn is not null and closed is null;
comment on index sync.lease_draining is 'Leases that are being drained, by the entry that withdrew them.';

comment on column log.entry.channel is
    'Who may have to read it: a territory, a device, the nil UUID for everybody, or the one of all ones for the office alone.';

create function sync.accounts_now(accounts uuid[]) returns table (id uuid, territory_id uuid, digest bigint)
language sql stable as $$
    select account.id, coalesce(moved.to_territory_id, account.territory_id), account.digest
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

comment on column record.accounts.territory_id is
    'The territory it lies in: decided by the office, not written in its document. Follows a large reassignment within moments.';

create view record.reassignments as
    select reassignment.id, reassignment.kind, reassignment.shape,
           case
               when outcome is not null then outcome
               when first_position is null then 'planned'
               when followed_position < last_position then 'in_effect'
               when draining.devices > 0 and grace_until < now() then 'abandoned'
               when draining.devices > 0 then 'draining'
               when kind = 'cover' and not exists (
                   select from org.reassignment back
                   where back.reverses = reassignment.id
                     and (back.first_position is not null or back.outcome is not null)
               ) then 'in_effect'
               else 'complete'
           end as state,
           reassignment.from_territory_id, reassignment.from_person_id, reassignment.to_person_id,
           (select count(*) from org.reassignment_account item where item.reassignment_id = reassignment.id) as accounts,
           draining.devices as draining_devices, draining.leases as draining_leases,
           late_policy, grace_s, note, reverses, created_by, created_at, effect_at, ends_at, effected_at, grace_until,
           ended_at, ended_by, why, first_position as log_position, last_position as last_log_position
    from org.reassignment
    cross join lateral (
        select count(distinct device_id) as devices, count(*) as leases from sync.lease
        where withdrawn between first_position and last_position and closed is null
    ) draining;
comment on view record.reassignments is 'What changed hands, or is planned to.';
comment on column record.reassignments.id is 'The reassignment.';
comment on column record.reassignments.kind is 'permanent, cover or reversal.';
comment on column record.reassignments.shape is 'accounts, or holders of territories.';
comment on column record.reassignments.state is 'planned, in_effect, draining, complete, abandoned or cancelled.';
comment on column record.reassignments.from_territory_id is 'The territory that changes hands, if it is one.';
comment on column record.reassignments.from_person_id is 'Whose holdings change hands, if it is all of them.';
comment on column record.reassignments.to_person_id is 'Who comes to hold them.';
comment on column record.reassignments.accounts is 'How many accounts go to other territories.';
comment on column record.reassignments.draining_devices is 'Devices that have not closed all they lost.';
comment on column record.reassignments.draining_leases is 'How many leases these are.';
comment on column record.reassignments.late_policy is 'accept, review or refuse: what happens to late work.';
comment on column record.reassignments.grace_s is 'For how many seconds that holds.';
comment on column record.reassignments.note is 'A word for the people concerned.';
comment on column record.reassignments.reverses is 'The one that it undoes.';
comment on column record.reassignments.created_by is 'Who asked for it.';
comment on column record.reassignments.created_at is 'When.';
comment on column record.reassignments.effect_at is 'When it is or was to take effect.';
comment on column record.reassignments.ends_at is 'When a cover comes back.';
comment on column record.reassignments.effected_at is 'When it took effect.';
comment on column record.reassignments.grace_until is 'Until when late work is taken as the policy says.';
comment on column record.reassignments.ended_at is 'When it ended.';
comment on column record.reassignments.ended_by is 'Who cancelled it.';
comment on column record.reassignments.why is 'For one that could not take effect: the code of the reason.';
comment on column record.reassignments.log_position is 'Position of its first log entry.';
comment on column record.reassignments.last_log_position is 'Position of its last log entry.';

-- An entry may place many accounts, so that where one was placed is asked of the places.
create or replace view record.activity as
    select entry.position as log_position, entry.at, entry.type as what, entry.late, entry.account_id, entry.record_id,
           record.kind, device.person_id, entry.device_id, device.name as device
    from log.entry
    left join sync.record on record.id = entry.record_id
    left join org.device on device.id = entry.device_id
    where entry.type in ('changes', 'decision', 'held', 'refused', 'conflict', 'fate')
    union all
    select entry.position, entry.at, entry.type, false, place.account_id, null, null, null, null, null
    from sync.place join log.entry on entry.position = place.from_position
    where entry.type = 'placed';
create index place_entry on sync.place (from_position);
comment on index sync.place_entry is 'The accounts that an entry placed.';
