//! Migrations are compiled into the program, and in a release build so is the web client: new ones compile it anew.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=../../migrations");
    println!("cargo::rerun-if-changed=build.rs");
    let web = web_client()?;
    // A development build reads the files as they are when they are asked for. A folder that is not there counts as
    // changed each time: a release build finds it as soon as it is.
    if env::var("PROFILE")? == "release" {
        println!("cargo::rerun-if-changed={}", web.display());
    }
    let built =
        format!("#[derive(RustEmbed)]\n#[folder = {web:?}]\n#[allow_missing = true]\nstruct Built;\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("web_client.rs"), built)?;
    Ok(())
}

/// Where the web client's build goes: a whole path without links or `..`, because that is how its files are looked for
/// once it is there.
fn web_client() -> Result<PathBuf, Box<dyn Error>> {
    Ok(Path::new("../..").canonicalize()?.join("clients/web/dist"))
}
