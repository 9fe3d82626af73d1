-- What the office knows of this installation, and for how long the server may be out of reach.
ALTER TABLE device ADD COLUMN told_client TEXT;             -- client and version that the office was last told
ALTER TABLE device ADD COLUMN told_store_bytes INTEGER;     -- and the size of the store
ALTER TABLE device ADD COLUMN offline_days INTEGER NOT NULL DEFAULT 30;  -- after so many without an answer, signing in is due
