//! Prints `protocol/model.json`: `cargo run -p roadbook-model --example emit-model > protocol/model.json`.

fn main() {
    print!("{}", roadbook_model::schema::emit_text());
}
