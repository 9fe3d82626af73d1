//! Sample data: loaded to try things, and removed again. The log is never shortened, so that removing is archiving: the sample's
//! accounts leave the central record and every device by an ordinary withdrawal; its people, territories and reference
//! data go out of use. An account on which somebody worked stays, unless who removes it says otherwise; and whatever
//! is taken into an archived account later (work that a device still had) brings it back.

pub(super) mod load;
mod read;
mod remove;

use roadbook_model::AccountId;
use serde::Serialize;
use utoipa::ToSchema;

use super::organisation::Organisation;

/// Where the sample comes from. What it says may be wrong with it is for people.
pub type Source = fn() -> Result<Organisation, String>;

/// How the sample stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SampleState)]
pub enum State {
    /// It was never loaded.
    Absent,
    /// It is there.
    Loaded,
    /// It was removed but for accounts on which somebody worked.
    Partly,
    /// It was removed.
    Removed,
}

/// The sample as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Sample {
    /// How it stands.
    pub state: State,
    /// Its accounts in use.
    pub accounts: u64,
    /// Records of these accounts, the accounts among them.
    pub records: u64,
    /// Its people who are active.
    pub people: u64,
    /// Its territories in use.
    pub territories: u64,
    /// Keys of its reference data that nobody published anew.
    pub reference: u64,
    /// Devices that hold some of its accounts.
    pub devices: u64,
    /// What these devices, when they last said so, had not sent.
    pub unsent: u64,
    /// Its accounts on which somebody worked since it was loaded, by name.
    pub worked: Vec<Worked>,
}

/// An account of the sample on which somebody worked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SampleWorked)]
pub struct Worked {
    /// The account.
    #[serde(rename = "account_id")]
    #[schema(value_type = uuid::Uuid)]
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// How many entries of the log are not the sample's.
    pub entries: u64,
    /// Whether it is one with an account that is not of the sample; then it always stays.
    pub is_joined: bool,
}
