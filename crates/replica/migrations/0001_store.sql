-- The device's store, first version. Ids are BLOBs of 16 bytes; times are milliseconds since 1970; positions and push
-- numbers are the protocol's. Columns that end in _cbor hold a protocol type as it crosses the wire.

-- The device itself, as one row.
CREATE TABLE device (
    only_row            INTEGER PRIMARY KEY CHECK (only_row = 1),
    device              BLOB NOT NULL,      -- this installation
    person              BLOB NOT NULL,      -- for whom it is enrolled
    role                TEXT NOT NULL,      -- that person's role, for checks before "saved"
    server_key          BLOB NOT NULL,      -- signs pages; SEC1 compressed
    digest_key          BLOB NOT NULL,      -- the organisation's key for record digests
    store_generation    INTEGER NOT NULL,   -- given by the server; another after a copy or a restore
    epoch               BLOB NOT NULL,      -- the server's, as last seen
    nonce               BLOB NOT NULL,      -- to be signed in the next hello
    cursor_position     INTEGER NOT NULL,   -- how far the log is applied
    cursor_chain        BLOB NOT NULL,      -- and the chain hash there
    receipt_position    INTEGER NOT NULL,   -- the highest receipt position seen
    receipt_chain       BLOB NOT NULL,      -- and the chain hash there
    answered_number     INTEGER,            -- the highest push number that has a receipt
    answered_item       BLOB,               -- and its item's hash, shortened
    last_number         INTEGER NOT NULL,   -- the highest push number ever given
    digest              INTEGER NOT NULL,   -- sum of all record digests, modulo 2^64, as its two's complement
    contact_ms          INTEGER NOT NULL    -- when the server last answered, by this device's clock; 0 is never
) STRICT;

-- Records of the scope.
CREATE TABLE record (
    record      BLOB PRIMARY KEY NOT NULL,
    kind        TEXT NOT NULL,              -- the kind's word
    account     BLOB NOT NULL,              -- the account it belongs to; for an account, itself
    creator     BLOB NOT NULL,              -- the person who created it
    generation  INTEGER NOT NULL,           -- raised when the document is cut over to a fresh one
    accepted    BLOB,                       -- the saved document of accepted changes alone; null before the first
    branch      INTEGER NOT NULL,           -- to which new changes go
    digest      INTEGER NOT NULL,           -- of the accepted document, as two's complement; 0 while there is none
    decision_cbor BLOB,                     -- the decision that stands
    changed_ms  INTEGER NOT NULL            -- when it last changed here
) STRICT;
-- Serves: the records of an account, and digests by account and record.
CREATE INDEX record_by_account ON record (account, record, digest);

-- What lists and search show of a record: its current content, work that waits included.
CREATE TABLE view (
    place       INTEGER PRIMARY KEY,        -- row of the search index
    record      BLOB NOT NULL UNIQUE REFERENCES record (record) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    kind        TEXT NOT NULL,
    account     BLOB NOT NULL,
    title       TEXT NOT NULL,              -- first line of a list's row
    subtitle    TEXT NOT NULL,              -- second line; may be empty
    state       TEXT,                       -- the decided state, else the document's own; null if the kind has none
    at_ms       INTEGER NOT NULL,           -- when it happened or is due, as far as its fields say; else changed_ms
    changed_ms  INTEGER NOT NULL,           -- when it last changed
    sort        TEXT NOT NULL,              -- place in lists of its kind, lowest first
    fields      TEXT NOT NULL,              -- the content as a JSON object
    derived     TEXT NOT NULL,              -- what the kind derives from it (totals), as a JSON object
    search      TEXT NOT NULL               -- the text of the kind's search fields, as it stands in the index
) STRICT;
-- Serves: a list of one kind.
CREATE INDEX view_by_kind ON view (kind, sort, record);
-- Serves: a list of one kind at one account.
CREATE INDEX view_by_account ON view (account, kind, sort, record);
-- Serves: an account's timeline.
CREATE INDEX view_by_time ON view (account, at_ms, record);

-- Full-text index over view.search, by view.place; it keeps no text of its own.
CREATE VIRTUAL TABLE view_search USING fts5 (
    body, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);

-- The outbox and the held tray.
CREATE TABLE item (
    number      INTEGER PRIMARY KEY,        -- push number
    lease       BLOB NOT NULL,              -- under which it was captured
    record      BLOB,                       -- its record, if it is about one
    account     BLOB,                       -- its account, if it is about one
    captured_ms INTEGER NOT NULL,           -- by this device's clock
    bytes       BLOB NOT NULL,              -- as it is pushed, byte for byte
    tray        INTEGER NOT NULL,           -- 1: out of the record's current content
    outcome     TEXT CHECK (outcome IN ('in_record', 'late', 'held', 'refused')), -- the receipt's word; null without one
    answered_at INTEGER,                    -- the receipt's position in the log
    receipt_cbor BLOB                       -- the receipt itself
) STRICT;
-- Serves: the items of a record.
CREATE INDEX item_by_record ON item (record, number) WHERE record IS NOT NULL;
-- Serves: the items under a lease.
CREATE INDEX item_by_lease ON item (lease, number);
-- Serves: what to push, in order.
CREATE INDEX item_unanswered ON item (number) WHERE outcome IS NULL;
-- Serves: how many items wait, and since when.
CREATE INDEX item_waiting ON item (captured_ms) WHERE outcome IS NULL;
-- Serves: items that the cursor has passed.
CREATE INDEX item_in_record ON item (answered_at) WHERE outcome IN ('in_record', 'late');
-- Serves: the held tray.
CREATE INDEX item_in_tray ON item (number) WHERE tray = 1;

-- Leases, on accounts and territories.
CREATE TABLE lease (
    lease       BLOB PRIMARY KEY NOT NULL,
    subject     BLOB NOT NULL,              -- the account or territory
    territory   INTEGER NOT NULL,           -- 1: the subject is a territory; 0: an account
    state       TEXT NOT NULL CHECK (state IN ('proposed', 'open', 'frozen', 'closing', 'closed')),
    late_cbor   BLOB,                       -- what happens to late work, once withdrawn
    grace_until_ms INTEGER,                 -- and until when, by the server's clock
    note        TEXT                        -- the admin's word on it
) STRICT;
-- Serves: the leases on an account or territory, newest first.
CREATE INDEX lease_by_subject ON lease (subject, territory, lease DESC);
-- Serves: leases that drain, leases that are open.
CREATE INDEX lease_by_state ON lease (state, lease);

-- Open fills.
CREATE TABLE fill (
    grant_position INTEGER PRIMARY KEY,     -- the grant that opened it; 0 is a heal
    token_cbor  BLOB                        -- how far it has come; null at the start
) STRICT;

-- Reference data: products, prices, promotions, process templates.
CREATE TABLE reference (
    place       INTEGER PRIMARY KEY,        -- row of the search index
    word        TEXT NOT NULL,              -- the set's word: products
    key         TEXT NOT NULL,              -- the key in the set: a SKU
    json        TEXT NOT NULL,              -- the value, a JSON object
    search      TEXT NOT NULL,              -- the key and the strings of the value, as they stand in the index
    UNIQUE (word, key)
) STRICT;

-- Full-text index over reference.search, by reference.place.
CREATE VIRTUAL TABLE reference_search USING fts5 (
    body, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);

-- Facts about the store itself.
CREATE TABLE meta (
    word        TEXT PRIMARY KEY NOT NULL,
    value       TEXT NOT NULL
) STRICT, WITHOUT ROWID;
