//! Ids, and what is made of them.

use roadbook_model::RecordId;
use serde_json::Value as Json;

use crate::support::Done;

/// The same in TypeScript and in SQL: `model.test.ts`, and `it/orders.rs` of the server.
#[test]
fn a_quote_has_the_number_that_the_examples_of_all_languages_say() -> Done {
    let examples: Json =
        serde_json::from_str(include_str!("../../../../protocol/vectors/quotes/numbers.json"))?;
    let vectors = examples["vectors"].as_array().ok_or("no examples")?;
    assert!(vectors.len() > 5);
    for example in vectors {
        let id: RecordId = example["id"].as_str().ok_or("an example without an id")?.parse()?;
        assert_eq!(example["number"], id.quote_number().as_str(), "{example}");
    }
    Ok(())
}
