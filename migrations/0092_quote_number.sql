-- A quote is found and shown by the number that it has on paper.

create function record.quote_number(id uuid) returns text
language sql immutable strict parallel safe as $$
    select 'Q'
        || case when substr(id::text, 15, 1) = '7' then
               to_char(to_timestamp(('x' || substr(replace(id::text, '-', ''), 1, 12))::bit(48)::bigint / 1000) at time zone 'UTC', 'YYMMDD')
           else '' end
        || '-' || upper(right(id::text, 8))
$$;
comment on function record.quote_number is 'The number of a quote: the day in UTC on which its id was made, and the last eight digits of the id. As RecordId::quote_number.';

create function record.order_number(number text, state text, id uuid) returns text
language sql immutable parallel safe as $$
    select coalesce(number, case when state = 'quote' then record.quote_number(id) end)
$$;
comment on function record.order_number is 'What an order is called by: its number, of a quote the quote''s.';

create index orders_quote on record.orders (record.quote_number(id)) where state = 'quote';
comment on index record.orders_quote is 'A quote by its number.';

drop index record.orders_words;
create index orders_words on record.orders using gin ((
    setweight(record.words(record.order_number(number, state, id)), 'A') || setweight(record.words(reference), 'A')
    || setweight(record.words(external_id), 'A') || record.words(notes)));
comment on index record.orders_words is 'Search: orders by number or word.';

select record.show_in('timeline', 'order', $part$
    select id, account_id, 'order', record.order_at(order_date, created_at), coalesce(record.order_number(number, state, id), reference), notes,
           coalesce(rep_id, creator_id), state, null, record.order_number(number, state, id), total_minor, currency
    from record.orders
$part$);
select record.show_in('searchable', 'order', $part$
    select id, account_id, 'order', coalesce(record.order_number(number, state, id), reference), notes,
           setweight(record.words(record.order_number(number, state, id)), 'A') || setweight(record.words(reference), 'A')
           || setweight(record.words(external_id), 'A') || record.words(notes)
    from record.orders
$part$);
