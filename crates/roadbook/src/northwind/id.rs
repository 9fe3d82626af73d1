//! Ids that follow from the files alone, so that a second import finds what the first one made.

use sha2::{Digest, Sha256};

/// The id of a row: a UUIDv8 whose bits are SHA-256 over a tag, the table and the row's key there.
pub fn derive(table: &str, key: &str) -> [u8; 16] {
    let hash = Sha256::new()
        .chain_update(b"roadbook northwind 1\0")
        .chain_update(table)
        .chain_update([0])
        .chain_update(key)
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use roadbook_model::AccountId;

    #[test]
    fn an_id_follows_from_table_and_key_and_never_changes() {
        let id = AccountId::from_bytes(derive("customers", "ALFKI"));
        assert_eq!(id.uuid().get_version_num(), 8);
        assert_ne!(derive("customers", "ALFKI"), derive("contacts", "ALFKI"));
        assert_ne!(derive("a", "bc"), derive("ab", "c"));
        // Imported databases hold it: another derivation would import everything a second time.
        assert_eq!(id.to_string(), "16e14798-6483-884d-b736-cc8e2ed644a7");
    }
}
