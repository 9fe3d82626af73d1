//! The committed `protocol/model.json` says what this version of the model says.

use std::path::Path;

use roadbook_model::schema;

use crate::support::Done;

#[test]
fn the_committed_file_is_up_to_date() -> Done {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../protocol/model.json");
    let committed: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    assert!(
        committed == schema::emit(),
        "run `cargo run -p roadbook-model --example emit-model > protocol/model.json`"
    );
    Ok(())
}

#[test]
fn it_names_every_kind_with_its_fields() {
    let emitted = schema::emit();
    for (kind, spec) in emitted["kinds"].as_array().into_iter().flatten().zip(roadbook_model::kinds::ALL) {
        assert_eq!(kind["name"], spec.name);
        assert_eq!(kind["fields"].as_array().map(Vec::len), Some(spec.fields.len()));
    }
}
