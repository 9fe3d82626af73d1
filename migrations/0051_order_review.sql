-- What the server's own pricing of a submitted order came to, and why it was decided as it was.

alter table record.orders
    add column repriced_minor bigint,
    add column repriced_tax_minor bigint,
    add column approval_reasons text[],
    add column approver text,
    add column decision_text text;
comment on column record.orders.repriced_minor is 'What it came to before tax by the server''s own pricing when it was submitted, in minor units; null if that had nothing to say.';
comment on column record.orders.repriced_tax_minor is 'The tax on it by the same.';
comment on column record.orders.approval_reasons is 'Codes of why it needs an approval, or needed one; null without a review.';
comment on column record.orders.approver is 'The lowest role that may approve it; null if it needs no approval.';
comment on column record.orders.decision_text is 'Why it was decided so, in the words of who decided.';

create or replace function record.put_order(doc jsonb) returns void
language plpgsql as $$
begin
    delete from order_lines where order_id = (doc ->> 'id')::uuid;
    delete from orders where id = (doc ->> 'id')::uuid;
    insert into orders (
        id, account_id, creator_id, state, order_date, currency, reference, external_id, contact_id, rep_id,
        delivery_date, valid_until, ship_name, ship_street, ship_city, ship_region, ship_postal_code,
        ship_country, payment_terms, freight_minor, notes, header_discount_bp, goodwill_minor, priced_tax_minor,
        repriced_minor, repriced_tax_minor, approval_reasons, approver, decision_text,
        number, total_minor, decided_by, decided_at, effective_at, created_at, changed_at, log_position
    )
    select
        id, account_id, creator_id, state, order_date, currency, reference, external_id, contact_id, rep_id,
        delivery_date, valid_until, ship_name, ship_street, ship_city, ship_region, ship_postal_code,
        ship_country, payment_terms, freight_minor, notes, header_discount_bp, goodwill_minor, priced_tax_minor,
        repriced_minor, repriced_tax_minor, approval_reasons, approver, decision_text,
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
