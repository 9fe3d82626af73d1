-- Where accounts lie, for what is priced by territory.
ALTER TABLE lease ADD COLUMN lies_in BLOB;  -- the territory of the lease's account, as the device was told last
