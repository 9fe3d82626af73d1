-- Consents and values of reference data are imported, too; and contacts are found by their address.

alter table org.import drop constraint import_kind_check;
alter table org.import add constraint import_kind_check check (kind in (
    'account', 'contact', 'consent', 'products', 'price_lists', 'prices', 'tiers', 'promotions', 'taxes', 'discretion', 'cadence', 'goals'));
comment on column org.import.kind is 'What its rows are: records of a kind, consents, or values of a set of reference data.';
comment on column org.import.added is 'Rows that make a record, a consent or a value: would, while it is checked; did, once it runs.';
comment on column org.import.changed is 'Rows that change a record or a value.';
comment on column org.import.unchanged is 'Rows that say what is there already.';
comment on column org.import_row.key is 'By what it names its record or value, folded, or what it says: two rows with one key are one too many.';
comment on column org.import_row.record_id is 'The record that it makes, names or adds to.';

create index contacts_email_folded on record.contacts (record.folded(email)) where email is not null;
comment on index record.contacts_email_folded is 'A contact by its address, however it is written.';
create index contact_channels_email_folded on record.contact_channels (record.folded(address)) where channel = 'email';
comment on index record.contact_channels_email_folded is 'The same by further addresses.';
