//! The gate's own reasons for a refusal, listed once; the specification repeats them.
//!
//! The codes of field rules (which field, which value, who may write it) are not here: they are
//! [`roadbook_model::rule`]'s and pass through the gate unchanged, under the rules G4 and G7.

/// A reason: a stable word for programs, and the numbered rule of the specification that it enforces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// Stable: clients and tests compare it.
    pub code: &'static str,
    /// The rule's number.
    pub rule: &'static str,
    /// What it means, in one line.
    pub meaning: &'static str,
}

/// The rule under which the model's own codes for a single operation pass.
pub const RULE_OPERATION: &str = "G4";
/// The rule under which the model's own codes for the resulting content pass.
pub const RULE_RESULT: &str = "G7";

macro_rules! codes {
    ($($rule:literal $name:ident $code:literal $meaning:literal;)+) => {
        $(
            #[doc = $meaning]
            pub const $name: Code = Code { code: $code, rule: $rule, meaning: $meaning };
        )+

        /// Every code of the gate, in the order in which it checks.
        pub const ALL: &[Code] = &[$($name),+];
    };
}

codes! {
    "G1" BATCH_EMPTY "batch_empty" "nothing was offered for the record";
    "G1" CHUNK_TOO_LARGE "chunk_too_large" "the change has more bytes than a change may have, inflated or not";
    "G1" CHUNK_MALFORMED "chunk_malformed" "the bytes are not one Automerge change chunk, whole and in shortest form";
    "G1" CHUNK_TYPE "chunk_type" "the chunk is a document, a bundle or a compressed change: only plain changes are sent";
    "G1" CHUNK_CHECKSUM "chunk_checksum" "the checksum in the header is not that of the content";
    "G1" CHANGE_EMPTY "change_empty" "the change has no operations";
    "G1" TOO_MANY_DEPS "too_many_deps" "the change names more dependencies than a change may name";
    "G1" TOO_MANY_ACTORS "too_many_actors" "the change names more actors than a change may name";
    "G1" TOO_MANY_OPS "too_many_ops" "the change holds more operations, or replaces more values, than a change may";
    "G1" MESSAGE_PRESENT "message_present" "the change carries a commit message longer than allowed: Roadbook writes none";
    "G1" EXTRA_PRESENT "extra_present" "the change carries bytes after its columns: Roadbook writes none";
    "G1" TIME_OUT_OF_RANGE "time_out_of_range" "the change's time is outside of what every client can hold";
    "G1" COLUMN_UNKNOWN "column_unknown" "the change has a column that Roadbook never writes: unknown, compressed, or for marks";
    "G1" COLUMN_MALFORMED "column_malformed" "a column's rows or bytes do not fit the number of operations";
    "G1" KEY_TOO_LONG "key_too_long" "a key is longer than any field name or item id can be";
    "G2" ACTOR_MISMATCH "actor_mismatch" "the change is not by the actor that its device, store generation, record and branch give";
    "G3" SEQ_UNEXPECTED "seq_unexpected" "the change does not follow its actor's last one by one";
    "G3" DEPS_UNKNOWN "deps_unknown" "the change rests on a change that the record does not have";
    "G3" ACTOR_UNKNOWN "actor_unknown" "the change names an actor that has written nothing in the record";
    "G3" DEPS_MISSING "deps_missing" "the record exists, but the change does not rest on it";
    "G3" START_OP_UNEXPECTED "start_op_unexpected" "the first operation is not numbered next after all that the change rests on";
    "G3" RECORD_FULL "record_full" "with this change the record would exceed its lifetime limit; it needs to be cut over";
    "G4" CHANGE_UNREADABLE "change_unreadable" "the operations cannot be decoded";
    "G4" OBJECT_UNKNOWN "object_unknown" "an operation writes into an object that the change cannot have seen";
    "G4" OBJECT_TOO_DEEP "object_too_deep" "an operation writes deeper than any field of any kind";
    "G4" KEY_MISPLACED "key_misplaced" "a map is addressed by position, a text by name, or a map's entry is inserted";
    "G4" ELEMENT_UNKNOWN "element_unknown" "an operation refers to a character that the change cannot have seen in that text";
    "G4" TEXT_NOT_SPLICED "text_not_spliced" "a text is changed otherwise than by inserting and removing single characters";
    "G4" PRED_MISMATCH "pred_mismatch" "an operation does not replace exactly what the writer saw there";
    "G4" OBJECT_REPLACED "object_replaced" "a text, collection or item is made where something stands already";
    "G4" CHECK_FAILED "check_failed" "the operations could not be checked against the record";
    "G5" APPLY_FAILED "apply_failed" "the change cannot be merged into the record";
    "G5" NOT_CANONICAL "not_canonical" "the record would give the change back in other bytes than it came in";
    "G6" ROUND_TRIP_FAILED "round_trip_failed" "the record would not survive being saved and loaded";
}
