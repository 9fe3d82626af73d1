-- Imports of accounts and contacts from files, staged here until they are carried out; and how numbers of other systems
-- are compared.

create function record.folded(value text) returns text
language sql immutable strict parallel safe as $$
    select nullif(btrim(regexp_replace(lower(normalize(value, NFKC)), '\s+', ' ', 'g')), '')
$$;
comment on function record.folded(text) is
    'A number or name for comparing: without regard to case, to blanks around it, to how many stand within, and to how Unicode composes its characters.';

create index accounts_external_folded on record.accounts (record.folded(external_id)) where external_id is not null;
comment on index record.accounts_external_folded is 'An account by its number in the system behind, however it is written.';
create index accounts_name_folded on record.accounts (record.folded(name));
comment on index record.accounts_name_folded is 'An account by its name, however it is written.';
create index contacts_external_folded on record.contacts (record.folded(external_id)) where external_id is not null;
comment on index record.contacts_external_folded is 'A contact by its number in the system behind, however it is written.';

create table org.import (
    id uuid primary key,
    kind text not null check (kind in ('account', 'contact')),
    format text not null check (format in ('csv', 'vcard', 'geojson')),
    file_name text not null,
    state text not null default 'uploading'
        check (state in ('uploading', 'reading', 'checking', 'checked', 'running', 'done', 'failed', 'cancelled')),
    size_bytes bigint not null default 0,
    columns jsonb not null default '[]',
    clear_blank boolean not null default false,
    rows bigint not null default 0,
    rows_passed bigint not null default 0,
    added bigint not null default 0,
    changed bigint not null default 0,
    unchanged bigint not null default 0,
    failed bigint not null default 0,
    preview jsonb,
    code text,
    why text,
    created_by uuid not null references org.person,
    created_at timestamptz not null,
    changed_at timestamptz not null
);
comment on table org.import is 'Imports of files: asked for by somebody of the office, checked, then carried out in groups of rows.';
comment on column org.import.id is 'The import.';
comment on column org.import.kind is 'Of which kind the records are.';
comment on column org.import.format is 'How the file is written.';
comment on column org.import.file_name is 'What the file was called.';
comment on column org.import.state is
    'uploading (parts come), reading (the file is taken apart), checking, checked (the preview is there), running, done, failed (see code), cancelled.';
comment on column org.import.size_bytes is 'Bytes of the parts so far.';
comment on column org.import.columns is 'The file''s columns in their order: name, field (what it is for, or null) and samples.';
comment on column org.import.clear_blank is 'Whether an empty cell empties the field; else it says nothing.';
comment on column org.import.rows is 'Rows of the file.';
comment on column org.import.rows_passed is 'Rows that the check, or the run, is through with.';
comment on column org.import.added is 'Rows that make a record: would, while it is checked; did, once it runs.';
comment on column org.import.changed is 'Rows that change one.';
comment on column org.import.unchanged is 'Rows that say what the record says already.';
comment on column org.import.failed is 'Rows that are not taken.';
comment on column org.import.preview is 'The numbers of the check, kept while it runs.';
comment on column org.import.code is 'Why it failed as a whole, as a stable word.';
comment on column org.import.why is 'The same for people.';
comment on column org.import.created_by is 'In whose name it writes.';
comment on column org.import.created_at is 'When it was asked for.';
comment on column org.import.changed_at is 'When something last became of it.';
create index import_work on org.import (created_at) where state in ('reading', 'checking', 'running');
comment on index org.import_work is 'What is to be worked on.';
create index import_ended on org.import (changed_at);
comment on index org.import_ended is 'Whose rows are old enough to go.';

create table org.import_part (
    import_id uuid not null references org.import on delete cascade,
    part integer not null check (part >= 0),
    bytes bytea not null,
    primary key (import_id, part)
);
comment on table org.import_part is 'The file of an import in parts, until it is taken apart.';
comment on column org.import_part.import_id is 'The import.';
comment on column org.import_part.part is 'Its place, from 0.';
comment on column org.import_part.bytes is 'The bytes.';

create table org.import_row (
    import_id uuid not null references org.import on delete cascade,
    row bigint not null,
    line bigint not null,
    cells text[] not null,
    key text,
    waits boolean not null default false,
    outcome text check (outcome in ('added', 'changed', 'unchanged', 'failed')),
    is_done boolean not null default false,
    record_id uuid,
    code text,
    column_name text,
    why text,
    primary key (import_id, row)
);
comment on table org.import_row is 'The rows of an import: what they say, and what would become or became of each.';
comment on column org.import_row.import_id is 'The import.';
comment on column org.import_row.row is 'Its place, from 1.';
comment on column org.import_row.line is 'The line of the file in which it begins.';
comment on column org.import_row.cells is 'Its cells, one for each column.';
comment on column org.import_row.key is 'By what it names its record, folded: two rows with one key are one too many.';
comment on column org.import_row.waits is 'Whether it names another account of the file, so that it comes after those that name none.';
comment on column org.import_row.outcome is 'What would become of it, as last checked; once it is done, what became of it.';
comment on column org.import_row.is_done is 'Whether it was carried out.';
comment on column org.import_row.record_id is 'The record that it makes or names.';
comment on column org.import_row.code is 'Why it is not taken, as a stable word.';
comment on column org.import_row.column_name is 'The column that this is about.';
comment on column org.import_row.why is 'The same for people.';
create index import_row_key on org.import_row (import_id, key, row) where key is not null;
comment on index org.import_row_key is 'Rows that name the same record.';
create index import_row_todo on org.import_row (import_id, waits, row) where not is_done;
comment on index org.import_row_todo is 'Rows still to be carried out, in their order.';
create index import_row_outcome on org.import_row (import_id, outcome, row);
comment on index org.import_row_outcome is 'Rows of one outcome.';
