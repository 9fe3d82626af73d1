-- The central record: relational tables for office, reports and BI, written in the transaction of the log entry.
--
-- Each kind has one migration with its tables and its put function. Those functions name their tables without a schema:
-- `roadbook verify` folds the log a second time into tables beside the live ones, by putting its own schema first.

create schema record;
comment on schema record is 'The central record: the fold of the log into plain tables. Read it freely; only the server writes.';

create function record.put(kind text, doc jsonb, target text default 'record') returns void
language plpgsql as $$
declare
    path text := case target when 'record' then 'record' else quote_ident(target) || ', record' end;
begin
    if current_setting('search_path') <> path then
        perform set_config('search_path', path, true);
    end if;
    execute format('select put_%s($1)', kind) using doc;
end
$$;
comment on function record.put(text, jsonb, text) is
    'Writes one record''s rows anew, into the tables of the target schema. The search path stays so until the transaction ends.';

create function record.minor_digits(currency text) returns integer
language sql immutable parallel safe as $$
    select case
        when currency in ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND',
                          'VUV', 'XAF', 'XOF', 'XPF') then 0
        when currency in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 3
        when currency in ('CLF', 'UYW') then 4
        else 2
    end
$$;
comment on function record.minor_digits(text) is 'How many decimal digits a currency''s minor unit stands for (ISO 4217).';

create function record.major(minor numeric, currency text) returns numeric
language sql immutable parallel safe as $$
    select minor * case record.minor_digits(currency) when 0 then 1 when 3 then 0.001 when 4 then 0.0001 else 0.01 end
$$;
comment on function record.major(numeric, text) is 'An amount in minor units as a decimal of the currency, exact: a product, never a quotient.';

create view record.people as
    select id, external_id, name, email, role, manager_id, active from org.person;
comment on view record.people is 'Everyone who works with Roadbook, for joins on creator_id, rep_id and assignee_id.';
comment on column record.people.id is 'The person.';
comment on column record.people.external_id is 'The person''s number in the system behind, if there is one.';
comment on column record.people.name is 'Full name, as shown.';
comment on column record.people.email is 'E-mail address.';
comment on column record.people.role is 'rep, manager, office or admin.';
comment on column record.people.manager_id is 'The person''s manager.';
comment on column record.people.active is 'Whether the person still works here.';

create view record.territories as
    select id, code, name, parent_id from org.territory;
comment on view record.territories is 'The tree of territories, for joins on accounts.territory_id.';
comment on column record.territories.id is 'The territory.';
comment on column record.territories.code is 'Short word by which imports and people name it.';
comment on column record.territories.name is 'What it is called.';
comment on column record.territories.parent_id is 'The territory that it is a part of.';

create view record.reference as
    select set, key, json, position as log_position from sync.reference;
comment on view record.reference is 'Reference data as published: products, prices, templates.';
comment on column record.reference.set is 'The set''s word, such as products.';
comment on column record.reference.key is 'The key within the set, such as a SKU.';
comment on column record.reference.json is 'The value, an object.';
comment on column record.reference.log_position is 'The log entry that last wrote it.';

-- A role for BI that may read the central record and nothing else. Roles belong to the whole Postgres, so it may exist
-- already, or be somebody else's to make; the server works without it.
do $$
begin
    if not exists (select from pg_roles where rolname = 'roadbook_reader') then
        create role roadbook_reader nologin;
    end if;
exception
    when insufficient_privilege then
        raise notice 'role roadbook_reader was not created: not permitted; grant usage on schema record yourself';
    when duplicate_object or unique_violation then
        null;
end
$$;
do $$
begin
    if exists (select from pg_roles where rolname = 'roadbook_reader') then
        grant usage on schema record to roadbook_reader;
        grant select on all tables in schema record to roadbook_reader;
        alter default privileges in schema record grant select on tables to roadbook_reader;
    end if;
exception
    when insufficient_privilege then
        raise notice 'role roadbook_reader got no rights on schema record: not permitted';
end
$$;
