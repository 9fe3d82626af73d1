-- Version 2 of the kind order: what a person granted on it, and what its lines came to when they were priced.

alter table record.orders
    add column header_discount_bp bigint,
    add column goodwill_minor bigint,
    add column priced_tax_minor bigint;
comment on column record.orders.header_discount_bp is 'The person''s discount on all of it, in basis points.';
comment on column record.orders.goodwill_minor is 'What the person took off for goodwill, in minor units.';
comment on column record.orders.priced_tax_minor is 'The tax on it when it was priced, in minor units; its total is before tax.';

alter table record.order_lines
    add column own_price boolean,
    add column priced_net_minor bigint,
    add column priced_as text;
comment on column record.order_lines.own_price is 'Whether the price is the person''s own and stands.';
comment on column record.order_lines.priced_net_minor is 'What the line came to before tax when it was priced, after every rule.';
comment on column record.order_lines.priced_as is 'What it was priced for: quantity, price and discounts. Once one of them differs, the price is out of date, and total_minor is by price and discount.';
comment on column record.order_lines.total_minor is 'What the line costs after discount, in minor units: as it was priced while that holds, else rounded once, half away from zero.';

create or replace function record.put_order(doc jsonb) returns void
language plpgsql as $$
begin
    delete from order_lines where order_id = (doc ->> 'id')::uuid;
    delete from orders where id = (doc ->> 'id')::uuid;
    insert into orders (
        id, account_id, creator_id, state, order_date, currency, reference, external_id, contact_id, rep_id,
        delivery_date, valid_until, ship_name, ship_street, ship_city, ship_region, ship_postal_code,
        ship_country, payment_terms, freight_minor, notes, header_discount_bp, goodwill_minor, priced_tax_minor,
        number, total_minor, decided_by, decided_at, effective_at, created_at, changed_at, log_position
    )
    select
        id, account_id, creator_id, state, order_date, currency, reference, external_id, contact_id, rep_id,
        delivery_date, valid_until, ship_name, ship_street, ship_city, ship_region, ship_postal_code,
        ship_country, payment_terms, freight_minor, notes, header_discount_bp, goodwill_minor, priced_tax_minor,
        number, total_minor, decided_by, decided_at, effective_at, created_at, changed_at, log_position
    from jsonb_populate_record(null::orders, doc);
    insert into order_lines (
        order_id, account_id, id, position, sku, description, quantity, unit, unit_price_minor, discount_bp,
        own_price, priced_net_minor, priced_as, currency, total_minor
    )
    select
        (doc ->> 'id')::uuid, (doc ->> 'account_id')::uuid, item.id, item.position, item.sku, item.description,
        item.quantity, item.unit, item.unit_price_minor, item.discount_bp, item.own_price, item.priced_net_minor,
        item.priced_as, doc ->> 'currency', item.total_minor
    from jsonb_populate_recordset(null::order_lines, coalesce(doc -> 'lines', '[]')) item;
end
$$;
comment on function record.put_order(jsonb) is 'Writes the rows of one order anew.';
