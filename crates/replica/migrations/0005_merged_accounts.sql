-- Accounts that were merged: records stay under the account that they name, and view.account is the one where they are shown.
ALTER TABLE lease ADD COLUMN root BLOB;     -- the account that the lease's account was merged into, if it was
ALTER TABLE view ADD COLUMN merged INTEGER NOT NULL DEFAULT 0;  -- 1: an account that was merged into another; found, not listed
