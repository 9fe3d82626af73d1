-- The sync server's state: the fold of the log that judging the next item needs. Written only under the log's lock.

create schema sync;
comment on schema sync is 'What the server knows to judge the next item: leases, records, answers. A fold of the log.';

create table sync.lease (
    id uuid primary key,
    device_id uuid not null references org.device,
    account_id uuid,
    territory_id uuid references org.territory,
    granted bigint not null,
    withdrawn bigint,
    late_policy text check (late_policy in ('accept', 'review', 'refuse')),
    grace_until timestamptz,
    closed bigint,
    check (num_nonnulls(account_id, territory_id) = 1),
    check ((withdrawn is null) = (late_policy is null) and (withdrawn is null) = (grace_until is null))
);
comment on table sync.lease is 'One device''s right on one account or, to create accounts in it, on one territory.';
comment on column sync.lease.id is 'The lease.';
comment on column sync.lease.device_id is 'Whose.';
comment on column sync.lease.account_id is 'The account it is on, or null.';
comment on column sync.lease.territory_id is 'The territory it is on, or null.';
comment on column sync.lease.granted is 'Position of the entry that granted it; 0 for one whose account was held at birth.';
comment on column sync.lease.withdrawn is 'Position of the entry that withdrew it; null while it is open.';
comment on column sync.lease.late_policy is 'What happens to work that comes after the withdrawal.';
comment on column sync.lease.grace_until is 'Until when that policy holds, by the server''s clock; after it, review.';
comment on column sync.lease.closed is 'Position of the entry that closed it: the device has nothing more under it.';
create index lease_device on sync.lease (device_id, account_id);
comment on index sync.lease_device is 'A device''s scope, and all its leases on an account.';
create index lease_account on sync.lease (account_id) where closed is null and account_id is not null;
comment on index sync.lease_account is 'Who has an account on a device: moves and previews.';
create index lease_territory on sync.lease (territory_id) where closed is null and territory_id is not null;
comment on index sync.lease_territory is 'Which devices may create accounts in a territory.';

create table sync.account (
    id uuid primary key,
    territory_id uuid not null references org.territory,
    digest bigint not null
);
comment on table sync.account is 'Where each account lies, and the sum of its record digests.';
comment on column sync.account.id is 'The account.';
comment on column sync.account.territory_id is 'The territory it lies in: a decision, hence not in its document.';
comment on column sync.account.digest is 'Sum of the digests of its records modulo 2^64, as a signed number.';
create index account_territory on sync.account (territory_id);
comment on index sync.account_territory is 'The accounts of a territory: reassignment, previews.';

create table sync.place (
    account_id uuid not null,
    territory_id uuid not null references org.territory,
    from_position bigint not null,
    until_position bigint,
    primary key (account_id, from_position)
);
comment on table sync.place is 'Where each account lay, from which position to which: the channels its entries are in.';
comment on column sync.place.account_id is 'The account.';
comment on column sync.place.territory_id is 'The territory; its channel holds the account''s entries of that time.';
comment on column sync.place.from_position is 'Position of the entry that placed the account there.';
comment on column sync.place.until_position is 'Position of the entry that placed it elsewhere; null where it lies now.';

create table sync.record (
    id uuid primary key,
    kind text not null,
    account_id uuid not null,
    creator_id uuid not null,
    generation integer not null,
    version bigint not null,
    snapshot bytea not null,
    decision bytea,
    digest bigint not null,
    fill_order smallint not null,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    decided_at timestamptz
);
alter table sync.record alter column snapshot set storage external;
comment on table sync.record is 'Every accepted record as a document: what the gate judges the next change on.';
comment on column sync.record.id is 'The record.';
comment on column sync.record.kind is 'The word of its kind.';
comment on column sync.record.account_id is 'Its account; for an account, itself.';
comment on column sync.record.creator_id is 'Who created it.';
comment on column sync.record.generation is 'Raised each time its document is cut over to a fresh one.';
comment on column sync.record.version is 'Position of the last entry that changed it.';
comment on column sync.record.snapshot is 'Its Automerge document, saved: a cache of the changes in the log.';
comment on column sync.record.decision is 'The decision that stands, in CBOR.';
comment on column sync.record.digest is 'Its digest (id, generation, heads), as a signed number.';
comment on column sync.record.fill_order is 'Its kind''s place in a fill, lowest first.';
comment on column sync.record.created_at is 'Server time of the entry that created it.';
comment on column sync.record.changed_at is 'Server time of the last entry that changed it.';
comment on column sync.record.decided_at is 'Server time of the decision that stands.';
create index record_account on sync.record (account_id, fill_order, id);
comment on index sync.record_account is 'An account''s records in the order of a fill, and its digests.';

create table sync.change (
    hash bytea primary key check (length(hash) = 32),
    record_id uuid not null,
    position bigint not null
);
comment on table sync.change is 'Every accepted change by its hash, so that one offered again is recognised.';
comment on column sync.change.hash is 'The Automerge change hash.';
comment on column sync.change.record_id is 'The record it is in.';
comment on column sync.change.position is 'The entry that took it in.';

create table sync.receipt (
    device_id uuid not null references org.device,
    store_generation integer not null,
    number bigint not null,
    person_id uuid not null,
    item bytea not null check (length(item) = 32),
    position bigint not null,
    receipt bytea not null,
    primary key (device_id, store_generation, number)
);
comment on table sync.receipt is 'The server''s word on every pushed item: a repeated push gets the same answer.';
comment on column sync.receipt.device_id is 'Who pushed.';
comment on column sync.receipt.store_generation is 'The generation of that device''s store.';
comment on column sync.receipt.number is 'The push number.';
comment on column sync.receipt.person_id is 'The device''s person.';
comment on column sync.receipt.item is 'SHA-256 of the item''s bytes: the same number with other bytes is another store''s work.';
comment on column sync.receipt.position is 'Where in the log the word stands.';
comment on column sync.receipt.receipt is 'The receipt in CBOR.';

create table sync.held (
    device_id uuid not null references org.device,
    store_generation integer not null,
    number bigint not null,
    person_id uuid not null,
    bytes bytea not null,
    record_id uuid,
    branch bigint,
    account_id uuid,
    held boolean not null,
    position bigint not null,
    code text not null,
    fate text check (fate in ('released', 're_authored', 're_applied', 'discarded')),
    primary key (device_id, store_generation, number)
);
comment on table sync.held is 'Items that are not in the record, kept whole: held ones wait for a fate, refused ones are kept as evidence.';
comment on column sync.held.device_id is 'Who pushed.';
comment on column sync.held.store_generation is 'The generation of that device''s store.';
comment on column sync.held.number is 'The push number.';
comment on column sync.held.person_id is 'The device''s person.';
comment on column sync.held.bytes is 'The item, byte for byte.';
comment on column sync.held.record_id is 'The record whose changes it holds, if it holds changes.';
comment on column sync.held.branch is 'The branch of those changes: later items of it share its fate.';
comment on column sync.held.account_id is 'The account, where known.';
comment on column sync.held.held is 'Held (true) or refused for good.';
comment on column sync.held.position is 'The entry that says so.';
comment on column sync.held.code is 'The stable code of the reason.';
comment on column sync.held.fate is 'What became of it, set once: released, re_authored, re_applied or discarded.';
create index held_record on sync.held (record_id) where record_id is not null;
comment on index sync.held_record is 'Retired branches of a record.';
create index held_open on sync.held (position) where held and fate is null;
comment on index sync.held_open is 'The office''s review tray, oldest first.';

create table sync.request (
    id uuid primary key,
    receipt bytea not null
);
comment on table sync.request is 'Requests that were answered: each is answered once.';
comment on column sync.request.id is 'The request.';
comment on column sync.request.receipt is 'The answer, a receipt in CBOR.';

create table sync.reference (
    set text not null,
    key text not null,
    json jsonb not null,
    position bigint not null,
    primary key (set, key)
);
comment on table sync.reference is 'Reference data as published: products, prices, templates.';
comment on column sync.reference.set is 'The set''s word, such as products.';
comment on column sync.reference.key is 'The key within the set, such as a SKU.';
comment on column sync.reference.json is 'The value, an object.';
comment on column sync.reference.position is 'The entry that last wrote it.';
