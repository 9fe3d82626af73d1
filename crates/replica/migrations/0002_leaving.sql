-- Whether the device is being taken out of use: told to wipe itself, or wiped but for this row.
ALTER TABLE device ADD COLUMN leaving TEXT NOT NULL DEFAULT 'no' CHECK (leaving IN ('no', 'ordered', 'wiped'));
