//! Development only: what tests share. Memory stores that stand in for SQLite and Postgres, a simulated network and
//! clock, contract suites that hold every implementation of a store to the same behaviour.

pub mod alike;
pub mod bench;
pub mod memory_rows;
pub mod memory_server;
pub mod random;
pub mod rows_contract;
pub mod scenario;
pub mod sim;
pub mod tls;
pub mod work;
pub mod workload;
