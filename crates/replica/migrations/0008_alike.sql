-- By what accounts and contacts are found that may be one.
CREATE TABLE alike (
    key     TEXT NOT NULL,          -- the kind and what is alike, in one spelling
    record  BLOB NOT NULL,          -- which record has it
    PRIMARY KEY (key, record)
) STRICT, WITHOUT ROWID;
CREATE INDEX alike_record ON alike (record);
-- Every record is shown anew, and with that gets its keys.
DELETE FROM meta WHERE word = 'kinds';
