//! The protocol's version and hard limits. SPEC.md, section "Limits", holds the same numbers.

/// The version this code speaks.
pub const VERSION: u16 = 1;
/// The oldest version that a server still answers.
pub const VERSION_FLOOR: u16 = 1;

/// Most bytes of one frame on the wire.
pub const FRAME_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most bytes of one frame to a server before it has said welcome: a hello with all its
/// fills takes less than half of it, one with all its practice besides fits.
pub const HELLO_BYTES_MAX: usize = 8 * 1024;
/// Most bytes of a deflated body once inflated.
pub const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Most items in one push.
pub const PUSH_ITEMS_MAX: usize = 500;
/// Most changes in one item.
pub const ITEM_CHANGES_MAX: usize = 64;
/// Most bytes of one item.
pub const ITEM_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Most heads named by a request.
pub const HEADS_MAX: usize = 64;
/// Most open fills named by a hello.
pub const FILLS_MAX: usize = 64;
/// Most versions of processes that a hello says were practised.
pub const PRACTISED_MAX: usize = 32;
/// Inflated bytes at which a server closes a page, unless one change alone is longer.
pub const PAGE_BYTES_TARGET: usize = 1024 * 1024;
/// Most entries and fill records in one page.
pub const PAGE_PARTS_MAX: usize = 4_000;
/// Most pages a server sends beyond the last one applied.
pub const PAGE_WINDOW: usize = 4;
/// Most leases, or accounts placed, that one entry names.
pub const ENTRY_PARTS_MAX: usize = 4_000;
/// Most accounts or records in one digest frame.
pub const DIGEST_PARTS_MAX: usize = 20_000;
/// Most bytes of a code, a rule id or a word.
pub const WORD_BYTES_MAX: usize = 64;
/// Days without an answer of the server after which a device asks its person to sign in, unless the welcome says another
/// number.
pub const OFFLINE_DAYS: u16 = 30;
/// Times that stores of one device take over from each other within [`RENEWAL_DAYS`], before it is taken for cloned.
pub const RENEWALS_MAX: usize = 4;
/// Days within which they count.
pub const RENEWAL_DAYS: u16 = 7;
/// Store generations that a device is given within a day, whatever for.
pub const RENEWALS_A_DAY_MAX: usize = 50;
/// Bytes of a device's items that a server sets aside within a day.
pub const ASIDE_BYTES_A_DAY_MAX: usize = 64 * 1024 * 1024;
/// What an item counts for at least: its entry and its answer cost as much.
pub const ASIDE_BYTES_MIN: usize = 1024;
/// Most bytes of a text for people.
pub const TEXT_BYTES_MAX: usize = 2_000;
/// Deepest nesting of CBOR arrays in a frame.
pub const NESTING_MAX: usize = 16;
