//! Logins for BI tools: Postgres roles that may read the central record, and nothing else.
//!
//! What they may do is the role `roadbook_reader`'s; a login is a member of it. Roles belong to the whole Postgres, so an
//! operator's own one may not let Roadbook make them: then the text says what its administrator does instead.

use sqlx::{AssertSqlSafe, PgConnection};
use tracing::instrument;

use super::{Store, StoreError};
use crate::ambient;

/// The role whose rights every login has.
pub const READER: &str = "roadbook_reader";
/// Longest name of a login, in characters: Postgres cuts longer ones off.
const NAME_CHARS_MAX: usize = 60;
/// What Postgres says when the database's user may not make roles or grant.
const INSUFFICIENT_PRIVILEGE: &str = "42501";

/// The rights of the role, as the migrations give them where they may: said again, because they may not have been
/// allowed then.
const RIGHTS: [&str; 4] = [
    "do $$ begin
         if not exists (select from pg_roles where rolname = 'roadbook_reader') then
             create role roadbook_reader nologin;
         end if;
     end $$",
    "grant usage on schema record to roadbook_reader",
    "grant select on all tables in schema record to roadbook_reader",
    "alter default privileges in schema record grant select on tables to roadbook_reader",
];

/// Why there is no such login.
#[derive(Debug, thiserror::Error)]
pub enum ReaderError {
    /// Not a name for a login.
    #[error(
        "a login's name has 1 to {NAME_CHARS_MAX} lower-case letters, digits and underscores, and begins with a letter; \
         not with pg_, which Postgres keeps for itself"
    )]
    Name,
    /// The name is somebody else's.
    #[error("the role {0} is there already and is no login of Roadbook's for reading; take another name")]
    Taken(String),
    /// There is none.
    #[error("there is no login {0} for reading the record")]
    Unknown(String),
    /// The database's user may not do it.
    #[error(
        "the database's user may not make roles; let an administrator of this Postgres run, in this database: \
         create role roadbook_reader nologin; grant usage on schema record to roadbook_reader; \
         grant select on all tables in schema record to roadbook_reader; \
         alter default privileges for role {owner} in schema record grant select on tables to roadbook_reader; \
         create role {name} login password '...' in role roadbook_reader"
    )]
    NotPermitted {
        /// Who owns the schema: tables of later versions are that role's.
        owner: String,
        /// The login.
        name: String,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for ReaderError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(StoreError::Database(error))
    }
}

impl ReaderError {
    /// A stable word for this failure.
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Self::Name => Some("bad_name"),
            Self::Taken(_) => Some("name_taken"),
            Self::Unknown(_) => Some("unknown_reader"),
            Self::NotPermitted { .. } => Some("may_not_make_roles"),
            Self::Store(_) => None,
        }
    }
}

impl Store {
    /// Makes a login that may read the central record, or gives the one there is another password; returns the password,
    /// which nobody can ask for again.
    ///
    /// # Errors
    /// As [`ReaderError`] says.
    #[instrument(name = "db.reader.add", skip_all, fields(name), err(level = "debug"))]
    pub async fn add_reader(&self, name: &str) -> Result<String, ReaderError> {
        let name = reader_name(name)?;
        let password: String = ambient::random::<24>().iter().map(|byte| format!("{byte:02x}")).collect();
        let mut tx = self.pool.begin().await?;
        match set_up(&mut tx, name, &password).await {
            Err(ReaderError::Store(StoreError::Database(error))) if is_not_permitted(&error) => {
                drop(tx);
                let query = sqlx::query_scalar!(
                    r#"select nspowner::regrole::text as "owner!" from pg_namespace where nspname = 'record'"#
                );
                let owner = query.fetch_one(&self.pool).await?;
                Err(ReaderError::NotPermitted { owner, name: name.to_owned() })
            }
            done => {
                done?;
                tx.commit().await?;
                Ok(password)
            }
        }
    }

    /// Removes a login; connections that it has stay until they end.
    ///
    /// # Errors
    /// As [`ReaderError`] says.
    #[instrument(name = "db.reader.remove", skip_all, fields(name), err(level = "debug"))]
    pub async fn remove_reader(&self, name: &str) -> Result<(), ReaderError> {
        let name = reader_name(name)?;
        let mut tx = self.pool.begin().await?;
        if standing(&mut tx, name).await? != Standing::Reader {
            return Err(ReaderError::Unknown(name.to_owned()));
        }
        run(&mut tx, "format('drop role %I', $1)", name, "").await?;
        tx.commit().await?;
        Ok(())
    }
}

/// What a name stands for in this Postgres.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Nobody,
    Reader,
    Other,
}

async fn set_up(connection: &mut PgConnection, name: &str, password: &str) -> Result<(), ReaderError> {
    for sql in RIGHTS {
        sqlx::query(sql).execute(&mut *connection).await?;
    }
    let verb = match standing(connection, name).await? {
        Standing::Nobody => "format('create role %I login password %L in role roadbook_reader', $1, $2)",
        Standing::Reader => "format('alter role %I login password %L', $1, $2)",
        Standing::Other => return Err(ReaderError::Taken(name.to_owned())),
    };
    run(connection, verb, name, password).await?;
    // A slip of the hand gets a plain answer; what keeps it from writing is that it has no right to.
    run(connection, "format('alter role %I set default_transaction_read_only = on', $1)", name, "").await?;
    Ok(())
}

async fn standing(connection: &mut PgConnection, name: &str) -> Result<Standing, ReaderError> {
    let query = sqlx::query_scalar!(
        r#"
        select exists (
            select from pg_auth_members member join pg_roles reader on reader.oid = member.roleid
            where member.member = login.oid and reader.rolname = $2
        ) and not (login.rolsuper or login.rolcreaterole or login.rolcreatedb) as "it!"
        from pg_roles login where login.rolname = $1
        "#,
        name,
        READER
    );
    Ok(match query.fetch_optional(connection).await? {
        None => Standing::Nobody,
        Some(true) => Standing::Reader,
        Some(false) => Standing::Other,
    })
}

/// Runs a statement that takes no parameters: Postgres itself puts them in, quoted.
async fn run(
    connection: &mut PgConnection,
    statement: &'static str,
    name: &str,
    password: &str,
) -> Result<(), ReaderError> {
    let quoted = format!("select {statement} from (select $1::text, $2::text) given");
    let query = sqlx::query_scalar::<_, String>(AssertSqlSafe(quoted)).bind(name).bind(password);
    let statement = query.fetch_one(&mut *connection).await?;
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await?;
    Ok(())
}

fn is_not_permitted(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.code().as_deref() == Some(INSUFFICIENT_PRIVILEGE))
}

fn reader_name(name: &str) -> Result<&str, ReaderError> {
    let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    let begins = name.starts_with(|letter: char| letter.is_ascii_lowercase());
    let is_name = begins && name.len() <= NAME_CHARS_MAX && name.chars().all(fits);
    if is_name && !name.starts_with("pg_") { Ok(name) } else { Err(ReaderError::Name) }
}
