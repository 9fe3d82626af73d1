-- A device that asks for store generations without end has a bound to it (rule S5).

alter table org.device add column given_at timestamptz[] not null default '{}';
comment on column org.device.given_at is 'When it was given generations, whatever for: those of the last day, some dozens at most.';
