//! Ids, and what is made of them.

use roadbook_model::RecordId;

use crate::support::Done;

/// The same in TypeScript and in SQL: `model.test.ts`, `record.quote_number`.
#[test]
fn a_quote_has_a_number_of_its_day_and_its_id() -> Done {
    for (id, number) in [
        ("019ec2a4-7b1e-7c3d-9a00-5f1e4f3a9c1b", "Q260613-4F3A9C1B"),
        ("ffffffff-ffff-7fff-bfff-ffffffffffff", "Q890802-FFFFFFFF"),
        ("019ec2a4-7b1e-8c3d-9a00-5f1e4f3a9c1b", "Q-4F3A9C1B"),
    ] {
        assert_eq!(id.parse::<RecordId>()?.quote_number(), number);
    }
    Ok(())
}
