-- The kind order in the central record, and how it is written.

create table record.orders (
    id uuid primary key,
    account_id uuid not null,
    creator_id uuid not null,
    state text,
    order_date date,
    currency text,
    reference text,
    external_id text,
    contact_id uuid,
    rep_id uuid,
    delivery_date date,
    valid_until date,
    ship_name text,
    ship_street text,
    ship_city text,
    ship_region text,
    ship_postal_code text,
    ship_country text,
    payment_terms text,
    freight_minor bigint,
    notes text,
    number text,
    total_minor bigint not null,
    decided_by uuid,
    decided_at timestamptz,
    effective_at timestamptz,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    log_position bigint not null,
    freight numeric generated always as (record.major(freight_minor, currency)) stored,
    total numeric generated always as (record.major(total_minor, currency)) stored
);
comment on table record.orders is 'A quote or an order of an account.';
comment on column record.orders.id is 'The record.';
comment on column record.orders.account_id is 'The account it belongs to.';
comment on column record.orders.creator_id is 'The person who created it.';
comment on column record.orders.state is 'How it stands: draft or quote until it is submitted, then the decided state.';
comment on column record.orders.order_date is 'The day on which it was taken.';
comment on column record.orders.currency is 'ISO 4217 code of all its amounts.';
comment on column record.orders.reference is 'The customer''s own order number.';
comment on column record.orders.external_id is 'Its number in the system behind.';
comment on column record.orders.contact_id is 'The contact who ordered.';
comment on column record.orders.rep_id is 'The person who took it.';
comment on column record.orders.delivery_date is 'The day by which the customer wants it.';
comment on column record.orders.valid_until is 'The last day on which a quote holds.';
comment on column record.orders.ship_name is 'To whom it goes, if not to the account.';
comment on column record.orders.ship_street is 'Street and house number it goes to.';
comment on column record.orders.ship_city is 'Town it goes to.';
comment on column record.orders.ship_region is 'State, county or canton it goes to.';
comment on column record.orders.ship_postal_code is 'Postal code it goes to.';
comment on column record.orders.ship_country is 'Country it goes to, by name or ISO code.';
comment on column record.orders.payment_terms is 'How and when it is to be paid.';
comment on column record.orders.freight_minor is 'Freight, in minor units.';
comment on column record.orders.notes is 'What one should know to handle it.';
comment on column record.orders.number is 'The order''s number, given when it was submitted.';
comment on column record.orders.total_minor is 'What it costs, in minor units: as decided, and until then the sum of its rounded lines and its freight.';
comment on column record.orders.decided_by is 'Who made the decision that stands.';
comment on column record.orders.decided_at is 'When that decision was made.';
comment on column record.orders.effective_at is 'When it took effect in business terms, if not then.';
comment on column record.orders.created_at is 'When the server took it in.';
comment on column record.orders.changed_at is 'When the server last took in a change or a decision.';
comment on column record.orders.log_position is 'Position of the log entry that last changed it.';
comment on column record.orders.freight is 'Freight, as a decimal of its currency.';
comment on column record.orders.total is 'What it costs, as a decimal of its currency.';
create index orders_account on record.orders (account_id, order_date);
comment on index record.orders_account is 'An account''s orders in time.';
create index orders_state on record.orders (state, order_date);
comment on index record.orders_state is 'Orders that wait for a decision.';
create index orders_number on record.orders (number) where number is not null;
comment on index record.orders_number is 'An order by its number.';

create table record.order_lines (
    order_id uuid not null,
    account_id uuid not null,
    id uuid not null,
    position bigint,
    sku text,
    description text,
    quantity bigint,
    unit text,
    unit_price_minor bigint,
    discount_bp bigint,
    currency text,
    total_minor bigint not null,
    unit_price numeric generated always as (record.major(unit_price_minor, currency)) stored,
    line_exact numeric generated always as (record.major(quantity::numeric * unit_price_minor * (10000 - coalesce(discount_bp, 0)) * 0.0001, currency)) stored,
    total numeric generated always as (record.major(total_minor, currency)) stored,
    primary key (order_id, id)
);
comment on table record.order_lines is 'What is ordered.';
comment on column record.order_lines.order_id is 'The order.';
comment on column record.order_lines.account_id is 'The order''s account.';
comment on column record.order_lines.id is 'The line within its order.';
comment on column record.order_lines.position is 'Place among the lines, lowest first.';
comment on column record.order_lines.sku is 'Key of the product.';
comment on column record.order_lines.description is 'Name of the product, as offered.';
comment on column record.order_lines.quantity is 'How many sales units.';
comment on column record.order_lines.unit is 'The sales unit, such as a box of 12.';
comment on column record.order_lines.unit_price_minor is 'Price of one sales unit before discount, in minor units of the order''s currency.';
comment on column record.order_lines.discount_bp is 'Discount on the line, in basis points.';
comment on column record.order_lines.currency is 'The order''s currency.';
comment on column record.order_lines.total_minor is 'What the line costs after discount, in minor units, rounded once, half away from zero.';
comment on column record.order_lines.unit_price is 'Price of one sales unit before discount, as a decimal of the currency.';
comment on column record.order_lines.line_exact is 'What the line costs after discount, unrounded, as a decimal of the currency.';
comment on column record.order_lines.total is 'What the line costs after discount, rounded, as a decimal of the currency.';
create index order_lines_sku on record.order_lines (sku);
comment on index record.order_lines_sku is 'Where a product was ordered.';

create function record.put_order(doc jsonb) returns void
language plpgsql as $$
begin
    delete from order_lines where order_id = (doc ->> 'id')::uuid;
    delete from orders where id = (doc ->> 'id')::uuid;
    insert into orders (
        id, account_id, creator_id, state, order_date, currency, reference, external_id, contact_id, rep_id,
        delivery_date, valid_until, ship_name, ship_street, ship_city, ship_region, ship_postal_code,
        ship_country, payment_terms, freight_minor, notes, number, total_minor, decided_by, decided_at,
        effective_at, created_at, changed_at, log_position
    )
    select
        id, account_id, creator_id, state, order_date, currency, reference, external_id, contact_id, rep_id,
        delivery_date, valid_until, ship_name, ship_street, ship_city, ship_region, ship_postal_code,
        ship_country, payment_terms, freight_minor, notes, number, total_minor, decided_by, decided_at,
        effective_at, created_at, changed_at, log_position
    from jsonb_populate_record(null::orders, doc);
    insert into order_lines (
        order_id, account_id, id, position, sku, description, quantity, unit, unit_price_minor, discount_bp,
        currency, total_minor
    )
    select
        (doc ->> 'id')::uuid, (doc ->> 'account_id')::uuid, item.id, item.position, item.sku, item.description,
        item.quantity, item.unit, item.unit_price_minor, item.discount_bp, doc ->> 'currency', item.total_minor
    from jsonb_populate_recordset(null::order_lines, coalesce(doc -> 'lines', '[]')) item;
end
$$;
comment on function record.put_order(jsonb) is 'Writes the rows of one order anew.';
