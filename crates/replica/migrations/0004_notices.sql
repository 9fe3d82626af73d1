-- What the office decided about this device's work, until its person has read it.
CREATE TABLE notice (
    number      INTEGER PRIMARY KEY NOT NULL,   -- the push number that the work had
    fate        TEXT NOT NULL,                  -- discarded or re_authored
    text        TEXT NOT NULL,                  -- why, in the office's words
    at_ms       INTEGER NOT NULL,               -- when, by the server's clock
    item        TEXT NOT NULL                   -- the item as the tray showed it, a JSON object: nothing has to be remembered
) STRICT;
