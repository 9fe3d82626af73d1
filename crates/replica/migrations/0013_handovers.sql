-- What the office says of accounts that changed hands, until the device's person has read it.
CREATE TABLE handover (
    lease       BLOB PRIMARY KEY NOT NULL,  -- the lease that was granted or withdrawn
    account     BLOB NOT NULL,
    gained      INTEGER NOT NULL,           -- 1: it came to this device; 0: it left it
    note        TEXT NOT NULL,              -- the office's words
    at_ms       INTEGER NOT NULL,           -- when, by the server's clock
    title       TEXT                        -- what it was called when it left; of one that came, its record says that
) STRICT, WITHOUT ROWID;
