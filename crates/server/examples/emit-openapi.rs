//! Writes the description of the HTTP interface to standard output: `protocol/openapi.json`.

fn main() -> Result<(), serde_json::Error> {
    println!("{}", roadbook_server::http::description().to_pretty_json()?);
    Ok(())
}
