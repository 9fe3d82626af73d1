-- Notices outlive the store that was told: each store numbers its work anew, so that the number alone names none of them.
CREATE TABLE notice_of_store (
    device      BLOB NOT NULL,      -- the installation that had captured the work
    generation  INTEGER NOT NULL,   -- and its store's generation
    number      INTEGER NOT NULL,   -- the push number that the work had there
    fate        TEXT NOT NULL,      -- discarded or re_authored
    text        TEXT NOT NULL,      -- why, in the office's words
    at_ms       INTEGER NOT NULL,   -- when, by the server's clock
    item        TEXT NOT NULL,      -- the item as the tray showed it, a JSON object: nothing has to be remembered
    PRIMARY KEY (device, generation, number)
) STRICT;
INSERT INTO notice_of_store
SELECT device.device, device.store_generation, notice.number, notice.fate, notice.text, notice.at_ms, notice.item
FROM notice, device;
DROP TABLE notice;
ALTER TABLE notice_of_store RENAME TO notice;
