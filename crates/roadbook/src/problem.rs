//! How a failure is told: a stable code for programs, words for people, an exit code for shells.

use std::fmt;

use roadbook_model::rule::Violation;
use roadbook_protocol::enrol::BadLink;
use roadbook_replica::DeviceError;
use roadbook_replica::store::Failure;
use roadbook_replica::transport::TransportError;
use roadbook_server::cluster::ClusterError;
use roadbook_server::keys::KeyError;
use roadbook_server::password::PasswordError;
use roadbook_server::serve::{DatabaseError, ServeError};
use roadbook_server::store::StoreError;
use roadbook_server::store::office::OfficeError;
use roadbook_server::store::office::reassignments::ReassignmentError;
use roadbook_server::store::open::OpenError;
use roadbook_server::store::reader::ReaderError;
use serde_json::{Value as Json, json};

use crate::demo::Told;
use crate::northwind::fault::Faults;

/// A failure of the binary's own, with its code.
#[derive(Debug)]
pub struct Problem {
    code: &'static str,
    text: String,
}

impl Problem {
    /// A failure with this code; the text says what to do.
    pub fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Problem {}

/// The stable code of a failure: that of the first error in its chain that has one.
pub fn code(error: &anyhow::Error) -> String {
    error.chain().find_map(code_of).unwrap_or_else(|| "failed".to_owned())
}

fn code_of(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    if let Some(told) = error.downcast_ref::<Told>() {
        return Some(told.code.clone());
    }
    let code = if let Some(problem) = error.downcast_ref::<Problem>() {
        problem.code
    } else if let Some(error) = error.downcast_ref::<DeviceError>() {
        error.code()
    } else if let Some(error) = error.downcast_ref::<TransportError>() {
        return Some(error.code().to_owned());
    } else if let Some(failure) = error.downcast_ref::<Failure>() {
        failure.code()
    } else if let Some(violation) = error.downcast_ref::<Violation>() {
        violation.code
    } else if error.downcast_ref::<BadLink>().is_some() {
        "bad_enrol_link"
    } else if error.downcast_ref::<Faults>().is_some() {
        "bad_files"
    } else {
        return server_code(error);
    };
    Some(code.to_owned())
}

/// The codes of what the server's parts say. Those that only pass another's words on leave the code to it.
fn server_code(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let code = if let Some(error) = error.downcast_ref::<ClusterError>() {
        error.code()
    } else if let Some(error) = error.downcast_ref::<ServeError>() {
        match error {
            ServeError::Database(error) => return code_of(error),
            ServeError::Open(error) => return code_of(error),
            ServeError::Store(error) => return code_of(error),
            ServeError::Keys(error) => return code_of(error),
            ServeError::Tls(_) => "bad_tls_files",
            ServeError::Oidc(_) => "bad_oidc",
            ServeError::PortInUse(_) => "port_in_use",
            ServeError::Listen { .. } => "cannot_listen",
            ServeError::PublicUrl(_) => "bad_public_url",
            ServeError::Signals(_) => "no_signals",
        }
    } else if let Some(error) = error.downcast_ref::<ReassignmentError>() {
        match error {
            ReassignmentError::Store(error) => return code_of(error),
            error => error.code(),
        }
    } else if let Some(error) = error.downcast_ref::<ReaderError>() {
        match (error, error.code()) {
            (ReaderError::Store(error), _) => return code_of(error),
            (_, code) => code?,
        }
    } else if let Some(error) = error.downcast_ref::<DatabaseError>() {
        match error {
            DatabaseError::Cluster(error) => error.code(),
            DatabaseError::Task(_) => "task_failed",
        }
    } else if let Some(error) = error.downcast_ref::<OpenError>() {
        match error {
            OpenError::Address(_) => "bad_database_url",
            OpenError::Unreachable { .. } => "database_unreachable",
            OpenError::PostgresTooOld(_) => "postgres_too_old",
            OpenError::Newer(_) => "database_newer",
            OpenError::Changed(_) => "database_changed",
            OpenError::Migration(_) => "migration_failed",
            OpenError::Store(error) => return code_of(error),
        }
    } else if let Some(error) = error.downcast_ref::<OfficeError>() {
        match error {
            OfficeError::Store(error) => return code_of(error),
            OfficeError::Unknown { .. } => "unknown",
            OfficeError::Impossible(_) => "impossible",
            OfficeError::Rule(violation) => violation.code,
            OfficeError::Refused(reason) | OfficeError::Unfit(reason) => return Some(reason.code.clone()),
            OfficeError::Invalid { code, .. } | OfficeError::Conflict { code, .. } => code,
            OfficeError::Stale { .. } => "stale",
            OfficeError::Violation { violation, .. } => violation.code,
        }
    } else if let Some(error) = error.downcast_ref::<StoreError>() {
        match error {
            StoreError::Database(_) => "database_failed",
            StoreError::Unreadable { .. } => "database_unreadable",
            StoreError::Broken { .. } => "fault",
            StoreError::Closing => "stopping",
        }
    } else if error.downcast_ref::<PasswordError>().is_some() {
        "password_failed"
    } else if error.downcast_ref::<KeyError>().is_some() {
        "server_keys"
    } else if error.downcast_ref::<sqlx::Error>().is_some() {
        "database_failed"
    } else {
        return None;
    };
    Some(code.to_owned())
}

/// A failure as JSON: `{"error": {"code": ..., "text": ...}}`, and what else programs may want to know of it.
pub fn to_json(error: &anyhow::Error) -> Json {
    let mut body = json!({ "code": code(error), "text": text(error) });
    for cause in error.chain() {
        if let Some(faults) = cause.downcast_ref::<Faults>() {
            body["faults"] = json!(faults.listed);
            body["count"] = json!(faults.count);
        } else if let Some(violation) = cause.downcast_ref::<Violation>() {
            body["path"] = json!(violation.path);
        }
    }
    json!({ "error": body })
}

/// The whole chain in one text; a cause that its parent quotes already is not repeated.
pub fn text(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}
