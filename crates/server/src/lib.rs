//! The sync server: thin shells (HTTP, WebSocket, Postgres) around the engines of `roadbook-sync`.
//!
//! Reading order: [`serve`] (the program's life), [`http`] (what the outside sees), [`store`] (the log and the central
//! record in Postgres). [`exchange`] reads and writes files of
//! other systems. [`oidc`] asks the organisation's own provider. [`keys`] and [`token`] are the server's own secrets and what they sign.

pub mod ambient;
pub mod exchange;
pub mod http;
pub mod keys;
pub mod metrics;
pub mod oidc;
pub mod password;
pub mod qr;
pub mod serve;
pub mod sheet;
pub mod sign_in;
pub mod store;
pub mod token;

pub use roadbook_cluster as cluster;
