//! Prints `protocol/vectors/alike/seeded.json`: a rep's accounts by seed, and which of them are one customer.
//! `cargo run -p roadbook-testkit --example emit-seeded > protocol/vectors/alike/seeded.json`.

use roadbook_testkit::alike::seeded_vector;

fn main() -> Result<(), serde_json::Error> {
    println!("{}", serde_json::to_string(&seeded_vector())?);
    Ok(())
}
