-- Two copies of one device that take over from each other: how often, and since when that has an end.

alter table org.device
    add column generation_used boolean not null default false,
    add column renewed_from integer not null default 0,
    add column renewed_at timestamptz[] not null default '{}',
    add column cloned_at timestamptz;
comment on column org.device.generation_used is 'Whether a store of the live generation was welcomed; until then its generation may have been lost on the way.';
comment on column org.device.renewed_from is 'The generation of the store that the live generation was given to: when that asks again, the answer was lost.';
comment on column org.device.renewed_at is 'When a generation was ended for another store of the device: the latest, a handful.';
comment on column org.device.cloned_at is 'Since when its other stores get no new generation any more: two copies are in use.';
