//! Who may do what: pure functions over the kinds' and transitions' own data, used by the gate and the API alike. Which
//! records a person may reach at all is the scope's matter, not asked here.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::kind::{FieldSpec, Kind, KindSpec, Write};
use crate::state::{Verb, transition_of};

/// What a person is to the organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Visits accounts and captures what happens there.
    Rep,
    /// Leads reps: reads what they read, comments and sets tasks.
    Manager,
    /// Works from the central record: decides on orders, keeps the accounts.
    Office,
    /// Sets up people, devices and territories; may do whatever the office may.
    Admin,
}

/// Everyone.
pub(crate) const EVERYONE: &[Role] = &Role::ALL;
/// Those who capture field work, and the office.
pub(crate) const FIELD: &[Role] = &[Role::Rep, Role::Office, Role::Admin];

/// Who writes, and in what position towards the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Writer {
    /// The writer's role.
    pub role: Role,
    /// Whether the writer created the record.
    pub is_creator: bool,
    /// Whether the change is the one that makes the record (its first, without dependencies).
    pub creating: bool,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Rep, Self::Manager, Self::Office, Self::Admin];

    /// Its word everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rep => "rep",
            Self::Manager => "manager",
            Self::Office => "office",
            Self::Admin => "admin",
        }
    }

    /// Whether it is the office or stands above it.
    pub const fn is_office(self) -> bool {
        matches!(self, Self::Office | Self::Admin)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no role is called {0}; the roles are rep, manager, office and admin")]
pub struct NoSuchRole(pub String);

impl FromStr for Role {
    type Err = NoSuchRole;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|role| role.as_str() == word).ok_or_else(|| NoSuchRole(word.into()))
    }
}

/// Whether this role may create records of this kind.
pub fn may_create(role: Role, kind: Kind) -> bool {
    kind.spec().roles.contains(&role)
}

/// Whether this writer may write this field of a record of this kind. For an item's field, ask for the collection too.
pub fn may_write(writer: &Writer, spec: &KindSpec, field: &FieldSpec) -> bool {
    let by_field = match field.write {
        Write::Holder | Write::Added => true,
        Write::Creator => writer.is_creator || writer.role.is_office(),
        Write::Office | Write::Founder => writer.role.is_office(),
        Write::Once => false,
    };
    let by_field = by_field || (writer.creating && field.write != Write::Office);
    spec.roles.contains(&writer.role) && by_field
}

/// Whether a person of this role may ask for this decision; `is_creator` says whether the record is the person's own.
pub fn may_request(role: Role, verb: Verb, is_creator: bool) -> bool {
    let transition = transition_of(verb);
    transition.roles.contains(&role) || (transition.creator && is_creator)
}
