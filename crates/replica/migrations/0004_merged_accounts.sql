-- Accounts that were merged: records stay under the account that they name, and view.account is the one where they are shown.
ALTER TABLE lease ADD COLUMN root BLOB;     -- the account that the lease's account was merged into, if it was
