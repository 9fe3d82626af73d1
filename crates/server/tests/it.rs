//! The server on a real Postgres: each test has a database of its own, copied from a migrated template.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "it/api.rs"]
mod api;
#[path = "it/append.rs"]
mod append;
#[path = "it/brief.rs"]
mod brief;
#[path = "it/conflicts.rs"]
mod conflicts;
#[path = "it/credit.rs"]
mod credit;
#[path = "it/customers.rs"]
mod customers;
#[path = "it/desk.rs"]
mod desk;
#[path = "it/devices.rs"]
mod devices;
#[path = "it/duplicates.rs"]
mod duplicates;
#[path = "it/held.rs"]
mod held;
#[path = "it/holders.rs"]
mod holders;
#[path = "it/http.rs"]
mod http;
#[path = "it/imports.rs"]
mod imports;
#[path = "it/imports_of_sets.rs"]
mod imports_of_sets;
#[path = "it/imports_of_values.rs"]
mod imports_of_values;
#[path = "it/inbox.rs"]
mod inbox;
#[path = "it/kin.rs"]
mod kin;
#[path = "it/late.rs"]
mod late;
#[path = "it/matrix.rs"]
mod matrix;
#[path = "it/merge.rs"]
mod merge;
#[path = "it/oidc.rs"]
mod oidc;
#[path = "it/older.rs"]
mod older;
#[path = "it/orders.rs"]
mod orders;
#[path = "it/people.rs"]
mod people;
#[path = "it/placing.rs"]
mod placing;
#[path = "it/plan.rs"]
mod plan;
#[path = "it/practice.rs"]
mod practice;
#[path = "it/processes.rs"]
mod processes;
#[path = "it/reader.rs"]
mod reader;
#[path = "it/reading.rs"]
mod reading;
#[path = "it/reassign.rs"]
mod reassign;
#[path = "it/reassign_agrees.rs"]
mod reassign_agrees;
#[path = "it/reassign_archive.rs"]
mod reassign_archive;
#[path = "it/reassign_due.rs"]
mod reassign_due;
#[path = "it/reassign_flight.rs"]
mod reassign_flight;
#[path = "it/reassign_holders.rs"]
mod reassign_holders;
#[path = "it/reassign_http.rs"]
mod reassign_http;
#[path = "it/records.rs"]
mod records;
#[path = "it/reference.rs"]
mod reference;
#[path = "it/rescue.rs"]
mod rescue;
#[path = "it/sample.rs"]
mod sample;
#[path = "it/schema.rs"]
mod schema;
#[path = "it/serve.rs"]
mod serve;
#[path = "it/session.rs"]
mod session;
#[path = "it/sheets.rs"]
mod sheets;
#[path = "it/sign_in.rs"]
mod sign_in;
#[path = "it/support.rs"]
mod support;
#[path = "it/sync.rs"]
mod sync;
#[path = "it/territories.rs"]
mod territories;
#[path = "it/tree.rs"]
mod tree;
#[path = "it/verify.rs"]
mod verify;
#[path = "it/why.rs"]
mod why;
#[path = "it/work.rs"]
mod work;
