//! End-to-end tests of the real binary live in this package's `tests/` folder.
