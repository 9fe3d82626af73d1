//! The device: everything that a rep's installation keeps and does, for phones, the command line and load tests.
//!
//! Reading order: [`device`] (the whole of it), [`store`] (what is kept, and how), [`queries`] (what people look at),
//! [`identity`] (the files of the home folder), [`transport`] (the road to the server). What the engine does with rows
//! and frames is `roadbook-sync`'s affair; this crate decides nothing about content.
//!
//! What is deliberately absent: background threads, async, and any sending that a capture would wait for.

pub mod device;
mod edge;
pub mod identity;
pub mod queries;
pub mod store;
pub mod transport;

pub use device::{Device, DeviceError, Road, SyncOptions, SyncReport};
pub use identity::{Home, Identity};
pub use store::Store;
