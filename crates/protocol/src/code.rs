//! Stable codes: one word for each thing that can go wrong, the same in receipts, error frames, HTTP and the CLI.
//! The gate's own codes (a change that is not what it should be) stand in `roadbook-sync`'s `gate` module.

/// Two copies of the device are in use, and this one is not the live one.
pub const CLONED: &str = "cloned";
/// The device was given as many store generations as a day has for it.
pub const RENEWED_TOO_OFTEN: &str = "renewed_too_often";
/// As much of the device's work was set aside as a day has room for.
pub const SET_ASIDE_TOO_MUCH: &str = "set_aside_too_much";
/// The lease is unknown, or not this device's.
pub const NO_LEASE: &str = "no_lease";
/// The lease was closed before this item.
pub const LEASE_CLOSED: &str = "lease_closed";
/// The lease was withdrawn and the reassignment asks for a review of late work.
pub const LATE_REVIEW: &str = "late_review";
/// The lease was withdrawn and the reassignment refuses late work into the record (it is held).
pub const LATE_REFUSED: &str = "late_refused";
/// The lease was withdrawn and its grace period is over.
pub const GRACE_OVER: &str = "grace_over";
/// An earlier item that this one builds on is held.
pub const PARENT_HELD: &str = "parent_held";
/// An earlier item of this branch was held or refused.
pub const BRANCH_RETIRED: &str = "branch_retired";
/// The kind is not known to this server.
pub const UNKNOWN_KIND: &str = "unknown_kind";
/// The kind's version is later than this server knows (held until it does).
pub const FUTURE_KIND: &str = "future_kind_version";
/// The record is unknown, or not the device's to write: the same answer, on purpose.
pub const UNKNOWN_RECORD: &str = "unknown_record";
/// The id cannot be used for a new record.
pub const ID_NOT_USABLE: &str = "id_not_usable";
/// The record was cut over to a later generation.
pub const SUPERSEDED: &str = "superseded";
/// The record's state no longer lets its document be edited.
pub const RECORD_CLOSED: &str = "record_closed";
/// The server's database would not hold it.
pub const NOT_STORABLE: &str = "not_storable";
/// The decision asked for is not possible in the record's state.
pub const WRONG_STATE: &str = "wrong_state";
/// A quote whose last day is over becomes no order.
pub const QUOTE_EXPIRED: &str = "quote_expired";
/// An order of nothing is not handed in.
pub const NO_LINES: &str = "no_lines";
/// The verb is unknown.
pub const UNKNOWN_VERB: &str = "unknown_verb";
/// The record has changed since the person asked.
pub const STALE_HEADS: &str = "stale_heads";
/// The person's role does not allow it.
pub const NOT_PERMITTED: &str = "not_permitted";
/// The person's role does not allow it, and one that the person had before does (it is held).
pub const ROLE_CHANGED: &str = "role_changed";
/// The item is malformed.
pub const MALFORMED: &str = "malformed";
/// An account cannot be merged into itself or one of its own parts.
pub const MERGE_CYCLE: &str = "merge_cycle";
/// The account was merged into another already.
pub const ALREADY_MERGED: &str = "already_merged";
/// The device is leaving: what it sends goes to review.
pub const DEVICE_LEAVING: &str = "device_leaving";

/// The protocol version is below the floor or above what is known.
pub const UNKNOWN_VERSION: &str = "unknown_version";
/// The frame is longer than allowed.
pub const FRAME_TOO_LONG: &str = "frame_too_long";
/// The frame does not fit the moment.
pub const UNEXPECTED_FRAME: &str = "unexpected_frame";
/// The device is not enrolled, or its proof does not hold.
pub const NOT_ENROLLED: &str = "not_enrolled";
/// The device is blocked.
pub const BLOCKED: &str = "blocked";
/// The device was taken out of use and has said that it is wiped.
pub const WIPED: &str = "wiped";
/// The nonce was used or is unknown; sign the one that comes with this.
pub const STALE_NONCE: &str = "stale_nonce";
/// The store is a copy or was restored: set it aside and take a new generation.
pub const NEW_GENERATION: &str = "new_generation_required";
/// Push numbers must follow each other.
pub const PUSH_GAP: &str = "push_gap";
/// The batch's signature does not hold.
pub const BAD_SIGNATURE: &str = "bad_signature";
/// The server cannot answer now.
pub const UNAVAILABLE: &str = "unavailable";
/// The server is stopping.
pub const STOPPING: &str = "stopping";
