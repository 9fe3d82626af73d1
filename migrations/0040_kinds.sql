-- How a kind comes into the central record with one migration of its own: a put function is made from the tables' columns,
-- and the views over all kinds are put together from one part for each.

create function record.make_put(kind text, records text, collections text[] default '{}') returns void
language plpgsql as $make$
declare
    names text;
    body text;
    collection text;
    items text;
    given text;
begin
    select string_agg(quote_ident(attname), ', ' order by attnum) into strict names
    from pg_attribute
    where attrelid = format('record.%I', records)::regclass and attnum > 0 and not attisdropped and attgenerated = '';
    body := format('    delete from %1$I where id = (doc ->> ''id'')::uuid;' || chr(10)
                || '    insert into %1$I (%2$s) select %2$s from jsonb_populate_record(null::%1$I, doc);' || chr(10), records, names);
    foreach collection in array collections loop
        items := kind || '_' || collection;
        select string_agg(quote_ident(attname), ', ' order by attnum),
               string_agg(case
                   when attname = kind || '_id' then '(doc ->> ''id'')::uuid'
                   when attname = 'account_id' then '(doc ->> ''account_id'')::uuid'
                   else format('item.%I', attname)
               end, ', ' order by attnum)
        into strict names, given
        from pg_attribute
        where attrelid = format('record.%I', items)::regclass and attnum > 0 and not attisdropped and attgenerated = '';
        body := format('    delete from %I where %I = (doc ->> ''id'')::uuid;' || chr(10), items, kind || '_id') || body
             || format('    insert into %1$I (%2$s) select %3$s' || chr(10)
                    || '    from jsonb_populate_recordset(null::%1$I, coalesce(doc -> %4$L, ''[]'')) item;' || chr(10),
                       items, names, given, collection);
    end loop;
    execute format('create or replace function record.%I(doc jsonb) returns void language plpgsql as $put$' || chr(10)
                || 'begin' || chr(10) || '%s' || 'end' || chr(10) || '$put$', 'put_' || kind, body);
    execute format('comment on function record.%I(jsonb) is %L', 'put_' || kind,
                   format('Writes the rows of one %s anew.', kind));
end
$make$;
comment on function record.make_put(text, text, text[]) is
    'Makes a kind''s put function from the columns of its table and of its collections'' tables, <kind>_<collection>. Call it again when columns were added.';

create table sync.view_part (
    view_name text not null,
    kind text not null,
    place integer not null generated always as identity,
    query text not null,
    primary key (view_name, kind)
);
comment on table sync.view_part is 'Of what the views over all kinds are put together; see record.show_in.';
comment on column sync.view_part.view_name is 'The view in schema record: timeline or searchable.';
comment on column sync.view_part.kind is 'The kind.';
comment on column sync.view_part.place is 'Place among the parts; the first names the columns.';
comment on column sync.view_part.query is 'What the kind gives to the view.';

create function record.show_in(named text, of_kind text, part text) returns void
language plpgsql as $$
begin
    insert into sync.view_part (view_name, kind, query) values (named, of_kind, part)
    on conflict (view_name, kind) do update set query = excluded.query;
    execute format('create or replace view record.%I as %s', named,
                   (select string_agg(query, ' union all ' order by place) from sync.view_part where view_name = named));
end
$$;
comment on function record.show_in(text, text, text) is
    'Shows a kind''s records in a view over all kinds, timeline or searchable, by a query with the view''s columns.';

select record.show_in('timeline', 'visit', $part$
    select id as record_id, account_id, 'visit'::text as kind,
           coalesce(checked_in_at, planned_start, created_at) as at, coalesce(subject, purpose) as title, notes as text,
           coalesce(rep_id, creator_id) as person_id, state, outcome, null::text as number, null::bigint as total_minor,
           null::text as currency
    from record.visits
$part$);

select record.show_in('timeline', 'order', $part$    select id, account_id, 'order', record.order_at(order_date, created_at), coalesce(number, reference), notes,
           coalesce(rep_id, creator_id), state, null, number, total_minor, currency
    from record.orders
$part$);

select record.show_in('timeline', 'task', $part$    select id, account_id, 'task', coalesce(done_at, created_at), subject, notes, coalesce(assignee_id, creator_id), state,
           null, null, null, null
    from record.tasks
$part$);

select record.show_in('timeline', 'comment', $part$    select id, account_id, 'comment', coalesce(at, created_at), null, body, creator_id, null, null, null, null, null
    from record.comments
$part$);

select record.show_in('timeline', 'contact', $part$    select id, account_id, 'contact', created_at, name, title, creator_id, status, null, null, null, null
    from record.contacts
$part$);

select record.show_in('searchable', 'account', $part$
    select id as record_id, account_id, 'account'::text as kind, name as title,
           nullif(concat_ws(', ', street, postal_code, city, country), '') as text,
           setweight(record.words(name), 'A') || setweight(record.words(external_id), 'A')
           || setweight(record.words(city), 'B') || record.words(street) || record.words(postal_code)
           || record.words(country) || record.words(phone) || record.words(email) || record.words(description) as words
    from record.accounts
$part$);

select record.show_in('searchable', 'contact', $part$    select id, account_id, 'contact', name, title,
           setweight(record.words(name), 'A') || setweight(record.words(title), 'C') || record.words(phone)
           || record.words(mobile) || record.words(email) || record.words(notes)
    from record.contacts
$part$);

select record.show_in('searchable', 'visit', $part$    select id, account_id, 'visit', coalesce(subject, purpose), concat_ws(' ', notes, next_step),
           setweight(record.words(subject), 'B') || record.words(next_step) || record.words(notes)
    from record.visits
$part$);

select record.show_in('searchable', 'order', $part$    select id, account_id, 'order', coalesce(number, reference), notes,
           setweight(record.words(number), 'A') || setweight(record.words(reference), 'A')
           || setweight(record.words(external_id), 'A') || record.words(notes)
    from record.orders
$part$);

select record.show_in('searchable', 'task', $part$    select id, account_id, 'task', subject, notes, setweight(record.words(subject), 'B') || record.words(notes)
    from record.tasks
$part$);

select record.show_in('searchable', 'comment', $part$    select id, account_id, 'comment', null, body, record.words(body)
    from record.comments
$part$);

comment on column record.timeline.kind is 'The kind, such as visit or order.';
comment on column record.timeline.at is 'When: a check-in or call, or when it is planned; the day of an order; when a task was done or set, an opportunity closed or found, a case opened; else when it was written or became known.';
comment on column record.timeline.person_id is 'Whose it is: who makes the visit or call, took the order, is to do the task, pursues or sees it through, else who created it.';
comment on column record.timeline.outcome is 'What came of a visit or call; what remedied a case; why an opportunity was won or lost.';
comment on column record.timeline.total_minor is 'What an order costs or an opportunity may bring, in minor units of its currency.';
comment on column record.timeline.currency is 'The currency of that.';
comment on column record.searchable.kind is 'The kind, such as account or visit.';
