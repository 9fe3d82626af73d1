-- The kind account in the central record, and how it is written.

create table record.accounts (
    id uuid primary key,
    account_id uuid not null,
    creator_id uuid not null,
    name text,
    external_id text,
    account_type text,
    status text,
    parent_id uuid,
    phone text,
    email text,
    website text,
    street text,
    city text,
    region text,
    postal_code text,
    country text,
    latitude_microdeg bigint,
    longitude_microdeg bigint,
    currency text,
    segment text,
    visit_every_days bigint,
    price_list text,
    payment_terms text,
    credit_limit_minor bigint,
    tax_id text,
    description text,
    territory_id uuid not null,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    log_position bigint not null,
    credit_limit numeric generated always as (record.major(credit_limit_minor, currency)) stored
);
comment on table record.accounts is 'A customer, prospect, partner or supplier.';
comment on column record.accounts.id is 'The record.';
comment on column record.accounts.account_id is 'The account it belongs to; for an account, itself.';
comment on column record.accounts.creator_id is 'The person who created it.';
comment on column record.accounts.name is 'What the account is called.';
comment on column record.accounts.external_id is 'Its number in the system behind.';
comment on column record.accounts.account_type is 'What it is to us.';
comment on column record.accounts.status is 'Whether it still trades with us.';
comment on column record.accounts.parent_id is 'The account it belongs to, such as a chain.';
comment on column record.accounts.phone is 'Main telephone number.';
comment on column record.accounts.email is 'Main e-mail address.';
comment on column record.accounts.website is 'Address of its web site.';
comment on column record.accounts.street is 'Street and house number.';
comment on column record.accounts.city is 'Town.';
comment on column record.accounts.region is 'State, county or canton.';
comment on column record.accounts.postal_code is 'Postal code.';
comment on column record.accounts.country is 'Country, by name or ISO code.';
comment on column record.accounts.latitude_microdeg is 'Where it is, in millionths of a degree, north positive.';
comment on column record.accounts.longitude_microdeg is 'Where it is, in millionths of a degree, east positive.';
comment on column record.accounts.currency is 'ISO 4217 code in which it buys.';
comment on column record.accounts.segment is 'Its class, such as A, B, C or a trade.';
comment on column record.accounts.visit_every_days is 'How often it is to be visited, in days between visits.';
comment on column record.accounts.price_list is 'Key of the price list that applies.';
comment on column record.accounts.payment_terms is 'How and when it pays.';
comment on column record.accounts.credit_limit_minor is 'Most it may owe, in minor units of its currency.';
comment on column record.accounts.tax_id is 'VAT or tax number.';
comment on column record.accounts.description is 'What one should know about it.';
comment on column record.accounts.territory_id is 'The territory it lies in: decided by the office, not written in its document.';
comment on column record.accounts.created_at is 'When the server took it in.';
comment on column record.accounts.changed_at is 'When the server last took in a change or a decision.';
comment on column record.accounts.log_position is 'Position of the log entry that last changed it.';
comment on column record.accounts.credit_limit is 'Most it may owe, as a decimal of its currency.';
create index accounts_territory on record.accounts (territory_id);
comment on index record.accounts_territory is 'The accounts of a territory.';
create index accounts_external on record.accounts (external_id) where external_id is not null;
comment on index record.accounts_external is 'An account by its number in the system behind.';

create table record.account_tags (
    account_id uuid not null,
    id uuid not null,
    tag text,
    primary key (account_id, id)
);
comment on table record.account_tags is 'Words to find and group accounts by.';
comment on column record.account_tags.account_id is 'The account.';
comment on column record.account_tags.id is 'The tag within its account.';
comment on column record.account_tags.tag is 'One word or phrase to find the account by.';
create index account_tags_tag on record.account_tags (tag);
comment on index record.account_tags_tag is 'The accounts with a tag.';

create function record.put_account(doc jsonb) returns void
language plpgsql as $$
begin
    delete from account_tags where account_id = (doc ->> 'id')::uuid;
    delete from accounts where id = (doc ->> 'id')::uuid;
    insert into accounts (
        id, account_id, creator_id, name, external_id, account_type, status, parent_id, phone, email, website,
        street, city, region, postal_code, country, latitude_microdeg, longitude_microdeg, currency, segment,
        visit_every_days, price_list, payment_terms, credit_limit_minor, tax_id, description, territory_id,
        created_at, changed_at, log_position
    )
    select
        id, account_id, creator_id, name, external_id, account_type, status, parent_id, phone, email, website,
        street, city, region, postal_code, country, latitude_microdeg, longitude_microdeg, currency, segment,
        visit_every_days, price_list, payment_terms, credit_limit_minor, tax_id, description, territory_id,
        created_at, changed_at, log_position
    from jsonb_populate_record(null::accounts, doc);
    insert into account_tags (
        account_id, id, tag
    )
    select
        (doc ->> 'id')::uuid, item.id, item.tag
    from jsonb_populate_recordset(null::account_tags, coalesce(doc -> 'tags', '[]')) item;
end
$$;
comment on function record.put_account(jsonb) is 'Writes the rows of one account anew.';
