-- What the office knows of each installation, and how long a device may stay away.

alter table org.device
    add column client text,
    add column store_bytes bigint,
    add column facts_at timestamptz,
    add column version bigint not null default 1;
comment on column org.device.client is 'Client, version and system, as it last said; null before it said anything.';
comment on column org.device.store_bytes is 'Bytes that its store then took.';
comment on column org.device.facts_at is 'When it said so. It does when there is news.';
comment on column org.device.version is 'Raised by each edit by people (name, state): the ETag of the API.';

alter table org.setting
    add column offline_days integer not null default 30 check (offline_days between 1 and 365),
    add column version bigint not null default 1;
comment on column org.setting.version is 'Raised by each edit by people: the ETag of the API.';
comment on column org.setting.offline_days is 'Days without contact after which a device asks its person to sign in.';

alter table org.enrol_code add column replaces_id uuid references org.device;
comment on column org.enrol_code.replaces_id is 'The device that leaves when this code is used; null for one more device.';
