-- Bounds for a device that asks for store generations without end (rule S5), or pushes what is set aside without end (B11).

alter table org.device
    add column given_at timestamptz[] not null default '{}',
    add column aside_since timestamptz not null default 'epoch',
    add column aside_bytes bigint not null default 0;
comment on column org.device.given_at is 'When it was given generations, whatever for: those of the last day, some dozens at most.';
comment on column org.device.aside_since is 'When the day began within which what is held or refused of its work is counted.';
comment on column org.device.aside_bytes is 'Bytes of that since then.';
