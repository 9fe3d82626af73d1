-- Consents are exported for one account, too.

create index contact_consents_account on record.contact_consents (account_id, contact_id, id);
comment on index record.contact_consents_account is 'The consents of an account''s contacts, in the order of an export.';
