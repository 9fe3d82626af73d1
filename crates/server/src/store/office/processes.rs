//! Processes as the centre sees them: departments published by code, what follows in runs when nobody on a device saw it
//! ([`follow`]), what the office answers ([`answer`]), how processes are carried out ([`figures`]),
//! who practised them ([`practice`]), and what comes with Roadbook
//! ([`shipped`]).

pub mod answer;
pub mod departments;
pub mod figures;
pub mod follow;
pub mod list;
pub mod practice;
pub mod shipped;
