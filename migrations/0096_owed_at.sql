-- Since when an account owes what it owes.

alter table record.accounts add column owed_at timestamptz;
comment on column record.accounts.owed_at is
    'When it owed what owed_minor says. Orders that were accepted later are owed beside it.';

select record.make_put('account', 'accounts', '{tags,relations}');

comment on column record.orders.effective_at is
    'When it took effect in business terms: when an order was accepted here, or in the system that it was imported from.';
