//! `roadbook user`: people, how they get in, enrolment codes and access tokens, from the machine that the server runs on.

mod access;
pub mod link;

use anyhow::Result;
use clap::{Args, Subcommand};
use roadbook_model::Role;
use roadbook_server::keys::Keys;
use roadbook_server::store::Store;
use roadbook_server::store::office::people::{NewPerson, Person};
use roadbook_server::token::{Bearer, LIFETIME_S};
use serde_json::{Value as Json, json};

use crate::database::DatabaseArgs;
use crate::output::{Output, table};
use crate::problem::Problem;

const EXAMPLES: &str = "\
Examples:
  roadbook user list
  roadbook user add anna@example.com --name 'Anna Berg' --role rep --manager carl@example.com
  roadbook user link anna@example.com --url https://sync.example.com
  roadbook user code 'Nancy Davolio'
  roadbook user code 'Nancy Davolio' --url https://sync.example.com --qr --png nancy.png
  roadbook user deactivate anna@example.com
  curl -H \"Authorization: Bearer $(roadbook user token office@northwind.example)\" http://127.0.0.1:7878/v1/log";

/// People, how they sign in, their enrolment codes and access tokens.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct UserArgs {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    database: GlobalDatabaseArgs,
}

/// The database, given before or after the verb.
#[derive(Clone, Debug, Args)]
pub struct GlobalDatabaseArgs {
    /// The data folder: the server's keys, and its private Postgres.
    #[arg(long, global = true, value_name = "DIR", default_value = crate::database::DATA)]
    data: std::path::PathBuf,
    /// A database that others run, instead of the private one.
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
}

impl GlobalDatabaseArgs {
    /// The same, as tools without verbs have it.
    pub fn plain(&self) -> DatabaseArgs {
        DatabaseArgs { data: self.data.clone(), database_url: self.database_url.clone() }
    }
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Everybody, with what they hold and the devices they use.
    #[command(after_help = "\
Examples:
  roadbook user list
  roadbook user list --data /var/lib/roadbook --json")]
    List,
    /// Add a person, or bring the one with this address up to date.
    #[command(after_help = "\
Examples:
  roadbook user add anna@example.com --name 'Anna Berg' --role rep --manager carl@example.com
  roadbook user add carl@example.com --name 'Carl Dahl' --role manager")]
    Add {
        /// E-mail address.
        email: String,
        /// Full name.
        #[arg(long)]
        name: String,
        /// rep, manager, office or admin.
        #[arg(long)]
        role: Role,
        /// The manager's e-mail address, or full name.
        #[arg(long)]
        manager: Option<String>,
    },
    /// Give out a single-use code with which one device is enrolled for a person.
    #[command(after_help = "\
Examples:
  roadbook user code 'Nancy Davolio'
  roadbook user code anna@example.com --hours 4 --url https://sync.example.com --qr --png anna.png")]
    Code {
        /// E-mail address, or full name.
        person: String,
        /// For how many hours the code is good.
        #[arg(long, default_value_t = 72, value_parser = clap::value_parser!(i64).range(1..=2160))]
        hours: i64,
        #[command(flatten)]
        link: link::LinkArgs,
    },
    /// Make a one-time link with which a person chooses a password. Earlier links of the same person end.
    #[command(after_help = "\
Examples:
  roadbook user link anna@example.com
  roadbook user link anna@example.com --url https://sync.example.com --hours 4")]
    Link {
        /// E-mail address, or full name.
        person: String,
        /// The server's public address. Without it, what the server that runs on the data folder says.
        #[arg(long, value_name = "URL")]
        url: Option<String>,
        /// For how many hours the link is good.
        #[arg(long, default_value_t = 72, value_parser = clap::value_parser!(i64).range(1..=336))]
        hours: i64,
    },
    /// Set a person's password to the first line of standard input, and end the person's sessions.
    #[command(after_help = "\
Examples:
  roadbook user password anna@example.com < password.txt
  pass show roadbook/anna | roadbook user password anna@example.com --json")]
    Password {
        /// E-mail address, or full name.
        person: String,
    },
    /// Keep a person out: sessions and links end, devices leave; what they have not sent still comes, for review.
    #[command(after_help = "\
Examples:
  roadbook user deactivate anna@example.com
  roadbook user deactivate 'Anna Berg' --json")]
    Deactivate {
        /// E-mail address, or full name.
        person: String,
    },
    /// Take a person back. Devices that left enrol anew.
    #[command(after_help = "\
Examples:
  roadbook user reactivate anna@example.com")]
    Reactivate {
        /// E-mail address, or full name.
        person: String,
    },
    /// Issue an access token for the API.
    #[command(after_help = "\
Examples:
  roadbook user token office@northwind.example --minutes 60
  curl -H \"Authorization: Bearer $(roadbook user token office@northwind.example)\" http://127.0.0.1:7878/v1/log")]
    Token {
        /// E-mail address, or full name.
        person: String,
        /// The server's public address, for which the token is issued. Without it, what the server that runs on the data
        /// folder says.
        #[arg(long, value_name = "URL")]
        url: Option<String>,
        /// For how many minutes it is good.
        #[arg(long, default_value_t = LIFETIME_S / 60, value_parser = clap::value_parser!(u64).range(1..=10080))]
        minutes: u64,
    },
}

/// Does one thing about people.
///
/// # Errors
/// `unknown_person`; what the database says.
pub fn run(args: &UserArgs, output: Output) -> Result<()> {
    let database = args.database.plain();
    database.must_exist()?;
    match &args.verb {
        Verb::List => list(&database, output),
        Verb::Add { email, name, role, manager } => {
            add(&database, email, name, *role, manager.as_deref(), output)
        }
        Verb::Code { person, hours, link } => code(&database, person, *hours, link, output),
        Verb::Link { person, url, hours } => {
            access::link(&database, person, &database.public_url(url.as_deref()), *hours, output)
        }
        Verb::Password { person } => access::password(&database, person, output),
        Verb::Deactivate { person } => access::deactivate(&database, person, output),
        Verb::Reactivate { person } => access::reactivate(&database, person, output),
        Verb::Token { person, url, minutes } => {
            token(&database, person, &database.public_url(url.as_deref()), *minutes, output)
        }
    }
}

const LIST: &str = "
    select to_jsonb(row) from (
        select person.id, person.name, person.email, person.role, person.active, manager.name as manager,
               (select coalesce(array_agg(code order by code), '{}') from org.holder
                join org.territory on territory.id = holder.territory_id
                where holder.person_id = person.id and from_at <= now() and (to_at is null or to_at > now())) as territories,
               (select count(*) from org.device where person_id = person.id and state = 'active') as devices
        from org.person left join org.person manager on manager.id = person.manager_id
        order by person.name
    ) row";

fn list(database: &DatabaseArgs, output: Output) -> Result<()> {
    let people = database.with_store(|store| async move {
        let rows: Vec<Json> = sqlx::query_scalar(LIST).fetch_all(store.pool()).await?;
        Ok(rows)
    })?;
    output.show(&people, || {
        let word = |json: &Json, name: &str| json[name].as_str().unwrap_or_default().to_owned();
        let rows: Vec<Vec<String>> = people
            .iter()
            .map(|person| {
                let territories: Vec<&str> =
                    person["territories"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
                let devices = format!("{} devices", person["devices"]);
                vec![
                    word(person, "email"),
                    word(person, "role"),
                    word(person, "name"),
                    devices,
                    territories.join(" "),
                ]
            })
            .collect();
        if rows.is_empty() {
            "nobody yet; import an organisation or add people".to_owned()
        } else {
            table(&rows)
        }
    })
}

fn add(
    database: &DatabaseArgs,
    email: &str,
    name: &str,
    role: Role,
    manager: Option<&str>,
    output: Output,
) -> Result<()> {
    let id = database.with_store(|store| async move {
        let manager = match manager {
            Some(email) => Some(person(&store, email).await?.id),
            None => None,
        };
        let person =
            NewPerson { external_id: None, name: name.to_owned(), email: email.to_owned(), role, manager };
        let id = store.put_person(&person).await?;
        store.publish_names().await?;
        Ok(id)
    })?;
    output.show(&json!({ "person": id }), || {
        format!("{name} is {role}; now: roadbook user link {email}, roadbook user code {email}")
    })
}

fn code(
    database: &DatabaseArgs,
    word: &str,
    hours: i64,
    link: &link::LinkArgs,
    output: Output,
) -> Result<()> {
    let (origin, frame) = link.prepare(database)?;
    let code = database.with_store(|store| async move {
        let person = person(&store, word).await?;
        Ok(store.add_enrol_code(person.id, hours * 3600).await?)
    })?;
    let url = link::link(&origin, &code.code);
    let words = frame.show(&code.code, &url)?;
    let value = json!({ "code": code.code, "expires_at": code.expires_at, "url": url });
    output.show(&value, || words)
}

fn token(database: &DatabaseArgs, word: &str, url: &str, minutes: u64, output: Output) -> Result<()> {
    let keys = Keys::open(&database.data)?;
    let token = database.with_store(|store| async move {
        let person = person(&store, word).await?;
        let bearer = Bearer { person: person.id, role: person.role, session: None };
        Ok(keys.token.issue(url, bearer, minutes * 60)?)
    })?;
    output.show(&json!({ "token": token }), || token.clone())
}

/// A person by e-mail address, or by full name if only one has it.
///
/// # Errors
/// `unknown_person` or `ambiguous_name`.
pub async fn person(store: &Store, word: &str) -> Result<Person> {
    if let Some(found) = store.lookup_person(word).await? {
        return Ok(found);
    }
    let query = sqlx::query_scalar("select email from org.person where lower(name) = lower($1) limit 2");
    let emails: Vec<String> = query.bind(word).fetch_all(store.pool()).await?;
    let found = match emails.as_slice() {
        [one] => store.lookup_person(one).await?,
        [] => None,
        _ => {
            let text = format!("several people are called {word:?}; give the e-mail address");
            return Err(Problem::new("ambiguous_name", text).into());
        }
    };
    let unknown =
        || Problem::new("unknown_person", format!("nobody here is {word}; `roadbook user list` shows all"));
    Ok(found.ok_or_else(unknown)?)
}
