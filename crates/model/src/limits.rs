//! Every limit on content, in one place: checked on the device before "saved", and again by the gate. Honest work that
//! passed them on the device is never refused for size.

/// Deepest path: collection, item, field.
pub const DEPTH: usize = 3;
/// Longest short string, in Unicode code points, unless a field says less.
pub const STR_CHARS_MAX: usize = 500;
/// Longest note, in Unicode code points.
pub const TEXT_CHARS_MAX: usize = 20_000;
/// Most items in one collection.
pub const ITEMS_MAX: usize = 500;
/// Most operations in one change: a note of full length, with its surroundings.
pub const CHANGE_OPS_MAX: u64 = 30_000;
/// Most bytes of one change, inflated.
pub const CHANGE_BYTES_MAX: usize = 512 * 1024;
/// Most dependencies of one change.
pub const CHANGE_DEPS_MAX: usize = 64;
/// Most actors named in one change besides its own.
pub const CHANGE_ACTORS_MAX: usize = 256;
/// Longest commit message, in bytes. Roadbook writes none.
pub const CHANGE_MESSAGE_BYTES_MAX: usize = 0;
/// Most operations in one record over its life; a record that nears it is cut over.
pub const RECORD_OPS_MAX: u64 = 400_000;
/// Most changes in one record over its life.
pub const RECORD_CHANGES_MAX: u64 = 20_000;
/// Largest magnitude of a whole number: a JavaScript number holds it exactly, with room for one step.
pub const INT_MAX: i64 = (1 << 53) - 2;
