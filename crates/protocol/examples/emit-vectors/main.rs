//! Writes the golden vectors: `cargo run -p roadbook-protocol --example emit-vectors`. The test `vectors` compares what
//! stands in `protocol/vectors` with what this would write.

pub(crate) mod entries;
pub(crate) mod frames;
mod hashes;
pub(crate) mod items;
mod json;
pub(crate) mod pages;
mod readable;
pub(crate) mod refused;
pub(crate) mod story;
pub(crate) mod vector;

use std::path::PathBuf;

use vector::{Vector, file};

fn main() -> std::io::Result<()> {
    std::fs::create_dir_all(folder())?;
    for (name, text) in files() {
        std::fs::write(folder().join(name), text)?;
    }
    Ok(())
}

/// Where the vectors stand.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../protocol/vectors")
}

/// Everything that has bytes and can be read: by file name.
pub(crate) fn readable_files() -> Vec<(&'static str, &'static str, Vec<Vector>)> {
    vec![
        ("frames.json", "Frames of every type, as they cross the wire.", frames::vectors()),
        ("items.json", "Items of every body, as they are captured.", items::vectors()),
        ("receipts.json", "Receipts of every outcome.", items::receipt_vectors()),
        ("entries.json", "Payloads of log entries of every type.", entries::vectors()),
        ("pages.json", "Page bodies, inflated, with what the server signs of them.", pages::vectors()),
    ]
}

/// Every file's name and text.
pub(crate) fn files() -> Vec<(&'static str, String)> {
    let readable = readable_files()
        .into_iter()
        .map(|(name, about, vectors)| (name, file(about, vectors.iter().map(Vector::json).collect())));
    let chain = "The chain over entries.json, from position 1. A mark shows its first sixteen bytes.";
    let refused: Vec<_> = refused::all().iter().map(refused::Refused::json).collect();
    readable
        .chain([
            ("actors.json", file("Actors, derived from who writes where.", hashes::actors())),
            ("digests.json", file("Digests of records, and their sums.", hashes::digests())),
            ("chain.json", file(chain, hashes::chain())),
            (
                "hollow.json",
                file(
                    "Change chunks as fills carry them: without checksum and actor.",
                    pages::hollow_vectors(),
                ),
            ),
            (
                "refused.json",
                file("Bytes that must be refused, and the error that reading them gives.", refused),
            ),
        ])
        .collect()
}
