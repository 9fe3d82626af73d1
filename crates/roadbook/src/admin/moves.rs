//! `roadbook admin move`: accounts and territories that change hands, now or at a time, for good or for a while.

mod order;
mod standing;

use std::path::PathBuf;

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use roadbook_model::ReassignmentId;

use super::terms::{TermsArgs, moment};
use crate::api::Api;
use crate::output::Output;

const EXAMPLES: &str = "\
Examples:
  roadbook admin move --account ALFKI --to 19713 --dry-run
  roadbook admin move --account ALFKI --to anna@example.com --policy review --note 'Ask Nancy.'
  roadbook admin move --from-rep anne.dodsworth@northwind.example --to 48075 --grace 14 --at 2027-07-01
  roadbook admin move --from-rep anne.dodsworth@northwind.example --cover nancy.davolio@northwind.example --until 2027-07-15
  roadbook admin move --filter country=Germany --filter segment=A --to 19713 --dry-run
  roadbook admin move --csv moves.csv --dry-run
  roadbook admin move list
  roadbook admin move accounts 0196f3a0-0000-7000-8000-000000000001
  roadbook admin move status 0196f3a0-0000-7000-8000-000000000001
  roadbook admin move reverse 0196f3a0-0000-7000-8000-000000000001 --policy review

--to is a territory's code, or a rep's address: then the territory that this rep holds; one that the rep only covers does not
count, and of several you name one. A filter's fields are territory (a code; with its parts), segment, postal_code (how it
begins), city, region, country and tag; all that are given must hold. A CSV file begins with account,territory: an account's
id or number in the system behind, a territory's code or id. A day begins where you are. What the rep who
loses an account captured before learning of it still comes in, as the policy says: accept (into the record, marked
late), review or refuse (held for somebody to look at). After the grace period everything is held for review.
With --to-rep and --cover the territories stay as they are and this person comes to hold them.";

/// What to move, where to, and on what terms; or what to do with a move.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, subcommand_negates_reqs = true, args_conflicts_with_subcommands = true)]
pub(super) struct MoveArgs {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// An account, by id, number in the system behind, or name; may be repeated.
    #[arg(long, value_name = "NAME")]
    account: Vec<String>,
    /// Every account in the territories that this rep holds.
    #[arg(long, value_name = "EMAIL", conflicts_with = "account")]
    from_rep: Option<String>,
    /// Every account in this territory.
    #[arg(long, value_name = "CODE", conflicts_with_all = ["account", "from_rep"])]
    from_territory: Option<String>,
    /// Every account of which this holds, such as city=Berlin; may be repeated.
    #[arg(long, value_name = "FIELD=WORD", conflicts_with_all = ["account", "from_rep", "from_territory"])]
    filter: Vec<String>,
    /// The accounts of a CSV file, each to the territory that stands beside it.
    #[arg(long, value_name = "FILE",
          conflicts_with_all = ["account", "from_rep", "from_territory", "filter", "to", "to_rep", "cover"])]
    csv: Option<PathBuf>,
    /// A territory's code, or a rep's e-mail address.
    #[arg(long, value_name = "TERRITORY", required_unless_present_any = ["to_rep", "cover", "csv"])]
    to: Option<String>,
    /// This person comes to hold the territories, for good; with --from-rep or --from-territory.
    #[arg(long, value_name = "EMAIL", conflicts_with_all = ["to", "account", "filter", "until"])]
    to_rep: Option<String>,
    /// This person covers for who holds them, until a time.
    #[arg(long, value_name = "EMAIL", conflicts_with_all = ["to", "to_rep"], requires = "until")]
    cover: Option<String>,
    /// When it takes effect by itself; without it, now. A day (its beginning where you are) or an RFC 3339 moment.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    at: Option<DateTime<Utc>>,
    /// When it comes back by itself.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<DateTime<Utc>>,
    #[command(flatten)]
    terms: TermsArgs,
    /// Move them even if nobody holds the territory: they are then on no device.
    #[arg(long)]
    allow_unheld: bool,
    /// Only say what would move, which devices are concerned and what they had unsent.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// All moves, newest first.
    #[command(after_help = "\
Examples:
  roadbook admin move list
  roadbook admin move list --limit 10 --json")]
    List {
        /// At most so many.
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,
    },
    /// Where a move stands, and which devices still hand over.
    #[command(after_help = "\
Examples:
  roadbook admin move status 0196f3a0-0000-7000-8000-000000000001")]
    Status {
        /// The move.
        id: ReassignmentId,
    },
    /// The accounts of a move, each with where it lay and where it goes.
    #[command(after_help = "\
Examples:
  roadbook admin move accounts 0196f3a0-0000-7000-8000-000000000001
  roadbook admin move accounts 0196f3a0-0000-7000-8000-000000000001 --limit 20 --json")]
    Accounts {
        /// The move.
        id: ReassignmentId,
        /// At most so many.
        #[arg(long, value_name = "N", default_value_t = usize::MAX, hide_default_value = true)]
        limit: usize,
    },
    /// Call off a move that is planned and has not taken effect.
    #[command(after_help = "\
Examples:
  roadbook admin move cancel 0196f3a0-0000-7000-8000-000000000001")]
    Cancel {
        /// The move.
        id: ReassignmentId,
    },
    /// Undo a move that is in effect, by another one. A cover comes back earlier by it.
    #[command(after_help = "\
Examples:
  roadbook admin move reverse 0196f3a0-0000-7000-8000-000000000001
  roadbook admin move reverse 0196f3a0-0000-7000-8000-000000000001 --policy review --note 'Back to Anne.'")]
    Reverse {
        /// The move.
        id: ReassignmentId,
        #[command(flatten)]
        terms: TermsArgs,
    },
}

/// Moves, or tells of moves.
pub(super) fn run(api: &mut Api, args: &MoveArgs, output: Output) -> Result<()> {
    match &args.verb {
        None => order::run(api, args, output),
        Some(Verb::List { limit }) => standing::list(api, *limit, output),
        Some(Verb::Status { id }) => standing::status(api, *id, output),
        Some(Verb::Accounts { id, limit }) => standing::accounts(api, *id, *limit, output),
        Some(Verb::Cancel { id }) => standing::cancel(api, *id, output),
        Some(Verb::Reverse { id, terms }) => standing::reverse(api, *id, terms, output),
    }
}
