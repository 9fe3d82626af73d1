-- What was practised on the device, and what of it the office was told: CBOR, as in the facts of a hello (rule H9).
ALTER TABLE device ADD COLUMN practised BLOB;
ALTER TABLE device ADD COLUMN told_practised BLOB;
