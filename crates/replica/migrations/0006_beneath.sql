-- Held work stays readable to its end: changes of earlier items of its branch that left the tray before it, an array of
-- chunks; null without any.
ALTER TABLE item ADD COLUMN beneath_cbor BLOB;
