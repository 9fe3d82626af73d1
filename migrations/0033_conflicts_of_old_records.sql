-- Conflicts are written with each record since migration 0023. What was written before it has its conflicts found once, by
-- the server that next starts: they are in the documents, which SQL does not read.

alter table org.setting add column conflicts_found boolean not null default false;
comment on column org.setting.conflicts_found is 'Whether the conflicts of records from before migration 0023 were found. Set by the first start after it.';
