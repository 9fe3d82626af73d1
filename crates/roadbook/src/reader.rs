//! `roadbook reader`: logins with which BI tools read the central record by SQL, from the machine that the server runs on.

use std::str::FromStr;

use anyhow::Result;
use clap::{Args, Subcommand};
use roadbook_server::serve::Database;
use roadbook_server::store::Store;
use serde_json::json;
use sqlx::postgres::PgConnectOptions;

use crate::output::Output;
use crate::user::GlobalDatabaseArgs;

const EXAMPLES: &str = "\
Examples:
  roadbook reader add bi
  roadbook reader add bi --database-url postgresql://roadbook@db.example.com/roadbook
  roadbook reader remove bi

A login reads schema `record` (its tables and views, those of later versions too) and nothing else. How a BI tool reaches
the database is in docs/operators.md, under \"The record, by SQL\".";

/// Logins for BI tools.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ReaderArgs {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    database: GlobalDatabaseArgs,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make a login, or give the one there is another password. It is shown once.
    #[command(after_help = "\
Examples:
  roadbook reader add bi
  roadbook reader add bi --data /var/lib/roadbook --json")]
    Add {
        /// Its name: lower-case letters, digits and underscores.
        name: String,
    },
    /// Remove a login.
    #[command(after_help = "\
Examples:
  roadbook reader remove bi")]
    Remove {
        /// Its name.
        name: String,
    },
}

/// Does one thing about logins.
///
/// # Errors
/// `bad_name`, `name_taken`, `unknown_reader`, `may_not_make_roles`; what the database says.
pub fn run(args: &ReaderArgs, output: Output) -> Result<()> {
    let database = args.database.plain();
    database.must_exist()?;
    match &args.verb {
        Verb::Add { name } => {
            let (password, url) = database.with_store_at(async |store: Store, at: &Database| {
                let password = store.add_reader(name).await?;
                let url = url(at.url(), name, &password)?;
                Ok((password, url))
            })?;
            let value = json!({ "name": name, "password": password, "url": url });
            output.show(&value, || format!("{name} reads the record with the password {password}\n{url}"))
        }
        Verb::Remove { name } => {
            database.with_store(|store| async move { Ok(store.remove_reader(name).await?) })?;
            output.show(&json!({ "name": name }), || format!("{name} is removed"))
        }
    }
}

/// The database's address as this login has it.
fn url(database: &str, name: &str, password: &str) -> Result<String> {
    let options = PgConnectOptions::from_str(database)?;
    let within = options.get_database().unwrap_or("roadbook");
    Ok(match options.get_socket() {
        // Through the private Postgres' socket nobody is asked for a password: who can reach it is let in.
        Some(socket) => format!("postgresql:///{within}?host={}&user={name}", socket.display()),
        None => {
            let (host, port) = (options.get_host(), options.get_port());
            format!("postgresql://{name}:{password}@{host}:{port}/{within}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_reaches_the_same_database_as_the_server() {
        let own = url("postgresql://roadbook:secret@db.example.com:5433/crm", "bi", "word").unwrap();
        assert_eq!(own, "postgresql://bi:word@db.example.com:5433/crm");
        let private =
            url("postgresql:///roadbook?host=%2Fvar%2Flib%2Frb%2Frun&user=roadbook", "bi", "word").unwrap();
        assert_eq!(private, "postgresql:///roadbook?host=/var/lib/rb/run&user=bi");
    }
}
