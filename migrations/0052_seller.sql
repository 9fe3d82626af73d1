-- Who sells: what stands at the head and at the foot of quotes and orders that leave the house.

alter table org.setting
    add column seller_name text not null default '',
    add column seller_address text not null default '',
    add column seller_tax_id text not null default '',
    add column order_terms text not null default '';
comment on column org.setting.seller_name is 'The name under which the organisation sells; empty if it was not given.';
comment on column org.setting.seller_address is 'Its address, in lines as on paper.';
comment on column org.setting.seller_tax_id is 'Its tax number.';
comment on column org.setting.order_terms is 'The terms under which it sells, below each quote and order.';
