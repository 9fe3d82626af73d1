-- The log: what happened, in one total order, dense from position 1, never edited. Everything else is its fold.

create schema log;
comment on schema log is 'The append-only, totally ordered log. Devices, the live feed and integrations read it alike.';

create table log.entry (
    position bigint primary key check (position > 0),
    at timestamptz not null,
    channel uuid not null,
    type text not null,
    account_id uuid,
    record_id uuid,
    device_id uuid,
    salt bytea not null check (length(salt) = 16),
    hash bytea not null check (length(hash) = 32),
    chain bytea not null check (length(chain) = 32),
    payload bytea not null
);
alter table log.entry alter column payload set storage external;
comment on table log.entry is 'The entries. A reader at position N has missed nothing at or before N.';
comment on column log.entry.position is 'Place in the log: the position before it plus one, given under the log''s lock.';
comment on column log.entry.at is 'When the server appended it, by its own clock.';
comment on column log.entry.channel is 'Who may have to read it: a territory, a device, or the nil UUID for everybody.';
comment on column log.entry.type is 'The word for its type: changes, decision, granted, withdrawn, closed, reference, held, refused, fate, placed, conflict.';
comment on column log.entry.account_id is 'The account that it is about, if any.';
comment on column log.entry.record_id is 'The record that it is about, if any.';
comment on column log.entry.device_id is 'The device that pushed it or whose affair it is, if any.';
comment on column log.entry.salt is '16 random bytes under the hash; they go when the content is erased.';
comment on column log.entry.hash is 'SHA-256 over a tag, the salt and the payload.';
comment on column log.entry.chain is 'SHA-256 over a tag, the chain hash before it, the position and the hash.';
comment on column log.entry.payload is 'The entry in CBOR, byte for byte as it goes to devices. Uncompressed: changes are deflated already.';
create index entry_channel on log.entry (channel, position);
comment on index log.entry_channel is 'A device''s tail: entries of one channel after a cursor, and a channel''s last position.';
create index entry_record on log.entry (record_id, position) where record_id is not null;
comment on index log.entry_record is 'The history of one record: fills, the rebuild, the office''s view.';
create index entry_account on log.entry (account_id, position) where account_id is not null;
comment on index log.entry_account is 'The history of one account in the live feed.';
