//! Prints `protocol/vectors/alike/agree.json`: pairs of accounts by seed with how alike they are, for other languages to
//! agree with. `cargo run -p roadbook-testkit --example emit-alike > protocol/vectors/alike/agree.json`.

use roadbook_testkit::alike::vectors;

fn main() -> Result<(), serde_json::Error> {
    println!("{}", serde_json::to_string_pretty(&vectors())?);
    Ok(())
}
