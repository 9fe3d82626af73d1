-- The organisation: its people, territories and devices, and its own settings. One database is one organisation.
-- What devices must learn of it (leases) is an entry of the log; these tables are the office's own, not replicated.

create schema org;
comment on schema org is 'The organisation: people, territories, devices, settings. Kept by the office, not replicated.';

create table org.setting (
    singleton boolean primary key default true check (singleton),
    epoch bytea not null check (length(epoch) = 16),
    digest_key bytea not null check (length(digest_key) = 16),
    next_order bigint not null default 1,
    created_at timestamptz not null default now()
);
comment on table org.setting is 'The one row of settings, made when a server first starts on this database.';
comment on column org.setting.singleton is 'Always true: there is one row.';
comment on column org.setting.epoch is 'The server''s epoch, 16 random bytes. A restore from backup takes a new one.';
comment on column org.setting.digest_key is 'The key under which record digests are made, 16 random bytes.';
comment on column org.setting.next_order is 'The next order number to give out. Changed only under the log''s lock.';
comment on column org.setting.created_at is 'When the organisation was set up.';

create table org.person (
    id uuid primary key,
    external_id text unique,
    name text not null,
    email text not null,
    role text not null check (role in ('rep', 'manager', 'office', 'admin')),
    manager_id uuid references org.person,
    active boolean not null default true,
    created_at timestamptz not null default now()
);
comment on table org.person is 'Everyone who works with Roadbook.';
comment on column org.person.id is 'The person.';
comment on column org.person.external_id is 'The person''s number in the system behind, if there is one.';
comment on column org.person.name is 'Full name, as shown.';
comment on column org.person.email is 'E-mail address: how the person is found and signs in.';
comment on column org.person.role is 'What the person is to the organisation: rep, manager, office or admin.';
comment on column org.person.manager_id is 'The person''s manager, who is entitled to whatever the person is.';
comment on column org.person.active is 'Whether the person still works here. An inactive one holds nothing and signs in nowhere.';
comment on column org.person.created_at is 'When the row was made.';
create unique index person_email on org.person (lower(email));
comment on index org.person_email is 'A person by e-mail address, whatever its case; no two alike.';
create index person_manager on org.person (manager_id) where manager_id is not null;
comment on index org.person_manager is 'The people whom a manager leads.';

create table org.territory (
    id uuid primary key,
    code text not null unique,
    name text not null,
    parent_id uuid references org.territory,
    created_at timestamptz not null default now(),
    check (parent_id <> id)
);
comment on table org.territory is 'The tree of territories. An account lies in exactly one.';
comment on column org.territory.id is 'The territory; also its channel in the log.';
comment on column org.territory.code is 'Short word by which imports and people name it.';
comment on column org.territory.name is 'What it is called.';
comment on column org.territory.parent_id is 'The territory that it is a part of; whoever holds that one holds this one too.';
comment on column org.territory.created_at is 'When the row was made.';
create index territory_parent on org.territory (parent_id) where parent_id is not null;
comment on index org.territory_parent is 'The parts of a territory.';

create table org.holder (
    id uuid primary key,
    person_id uuid not null references org.person,
    territory_id uuid not null references org.territory,
    capacity text not null check (capacity in ('owner', 'co_owner', 'cover')),
    from_at timestamptz not null,
    to_at timestamptz check (to_at > from_at)
);
comment on table org.holder is 'Who holds a territory, from when to when. The reasons behind leases.';
comment on column org.holder.id is 'The holding.';
comment on column org.holder.person_id is 'Who holds.';
comment on column org.holder.territory_id is 'What is held, with all its parts.';
comment on column org.holder.capacity is 'As owner, as one of several owners, or as cover for somebody away.';
comment on column org.holder.from_at is 'From when, this moment included.';
comment on column org.holder.to_at is 'Until when, this moment excluded; null while no end is known.';
create index holder_territory on org.holder (territory_id);
comment on index org.holder_territory is 'The holders of a territory.';
create index holder_person on org.holder (person_id);
comment on index org.holder_person is 'What a person holds.';

create table org.device (
    id uuid primary key,
    person_id uuid not null references org.person,
    name text not null,
    public_key bytea not null check (length(public_key) = 33),
    state text not null default 'active' check (state in ('active', 'leaving', 'blocked')),
    store_generation integer not null default 1,
    last_number bigint not null default 0,
    nonce bytea not null check (length(nonce) = 16),
    start_position bigint not null,
    start_chain bytea not null check (length(start_chain) = 16),
    enrolled_at timestamptz not null default now(),
    last_seen_at timestamptz,
    unsent integer not null default 0,
    oldest_s integer not null default 0,
    revoked_at timestamptz
);
comment on table org.device is 'Every installation of a client that was ever enrolled.';
comment on column org.device.id is 'The device; also its own channel in the log.';
comment on column org.device.person_id is 'For whom it is enrolled.';
comment on column org.device.name is 'What its person calls it.';
comment on column org.device.public_key is 'Its P-256 key, SEC1 compressed. The private half never leaves the device.';
comment on column org.device.state is 'active; leaving (what it sends goes to review, it gets receipts and the wipe); blocked (nothing at all).';
comment on column org.device.store_generation is 'The live generation of its store; an older one is a copy or was restored.';
comment on column org.device.last_number is 'The highest push number answered in that generation; 0 before the first.';
comment on column org.device.nonce is 'The single-use nonce that its next hello must sign.';
comment on column org.device.start_position is 'The log position from which a fresh store of the live generation reads.';
comment on column org.device.start_chain is 'The chain hash at that position, first 16 bytes.';
comment on column org.device.enrolled_at is 'When it was enrolled.';
comment on column org.device.last_seen_at is 'When it last said hello.';
comment on column org.device.unsent is 'How many items it then said were waiting in its outbox.';
comment on column org.device.oldest_s is 'How old the oldest of them was, in seconds by its own clock.';
comment on column org.device.revoked_at is 'When it stopped being active.';
create index device_person on org.device (person_id);
comment on index org.device_person is 'A person''s devices.';

create table org.enrol_code (
    hash bytea primary key check (length(hash) = 32),
    person_id uuid not null references org.person,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz,
    device_id uuid references org.device
);
comment on table org.enrol_code is 'Single-use codes with which a device is enrolled.';
comment on column org.enrol_code.hash is 'SHA-256 of the code; the code itself is shown once and kept nowhere.';
comment on column org.enrol_code.person_id is 'For whom the device will be enrolled.';
comment on column org.enrol_code.created_at is 'When it was given out.';
comment on column org.enrol_code.expires_at is 'When it stops working.';
comment on column org.enrol_code.used_at is 'When it was used; null while it still works.';
comment on column org.enrol_code.device_id is 'The device that used it.';

create function org.entitled(territories uuid[], at timestamptz)
returns table (territory_id uuid, person_id uuid, holds boolean)
language sql stable as $$
    with recursive node(territory_id, id) as (
        select id, id from org.territory where id = any(territories)
        union
        select node.territory_id, territory.parent_id
        from node join org.territory on territory.id = node.id
        where territory.parent_id is not null
    ), person(territory_id, id, holds) as (
        select node.territory_id, holder.person_id, true
        from node join org.holder on holder.territory_id = node.id
        where holder.from_at <= at and (holder.to_at is null or holder.to_at > at)
        union
        select person.territory_id, led.manager_id, false
        from person join org.person led on led.id = person.id
        where led.manager_id is not null
    )
    select person.territory_id, person.id, bool_or(person.holds)
    from person join org.person known on known.id = person.id and known.active
    group by person.territory_id, person.id
$$;
comment on function org.entitled(uuid[], timestamptz) is
    'Who is entitled to the accounts of these territories: holders of each or of what it is a part of, and their managers.';

create function org.reach(person uuid, at timestamptz) returns table (territory_id uuid, holds boolean)
language sql stable as $$
    with recursive led(id, own) as (
        select known.id, true from org.person known where known.id = reach.person and known.active
        union
        select report.id, false from led join org.person report on report.manager_id = led.id
    ), node(id, own) as (
        select holder.territory_id, led.own
        from led join org.holder on holder.person_id = led.id
        where holder.from_at <= at and (holder.to_at is null or holder.to_at > at)
        union
        select territory.id, node.own from node join org.territory on territory.parent_id = node.id
    )
    select node.id, bool_or(node.own) from node group by node.id
$$;
comment on function org.reach(uuid, timestamptz) is
    'The same seen from a person: the territories that the person, or somebody led by the person, holds, with all their parts.';
