/**
 * What stable codes say to the rep: reasons of what was not taken, refusals of the device, ends of a connection. A code that
 * is not here is shown with the sentence that came with it. `codes.test.ts` holds this list against the specification.
 */

const DEFECT =
  "The app wrote this in a way that the office's server can't read. The office has it whole: tell them, and update the app.";
const UPDATE =
  "The app and the server don't understand each other. Open the app anew with a connection and take the newer one when it is offered; your work stays safe here.";

export const codesEn = {
  // Not taken: held.
  no_lease: "This account isn't yours as far as the office knows. It decides what becomes of this.",
  lease_closed: "The account was handed over and the hand-over is complete. The office decides what becomes of this.",
  late_review: "The account was handed over before this arrived. The office looks at it first.",
  role_changed: "Your role was another when you captured this. The office decides what becomes of it.",
  late_refused:
    "The account was handed over before this arrived, and late work isn't taken. The office keeps it and decides.",
  grace_over:
    "The account was handed over, and the time for late work has passed. The office decides what becomes of this.",
  device_leaving: "This phone is being taken out of use, so the office looks at it first.",
  parent_held: "It belongs to something that is held itself, and shares its fate.",
  branch_retired: "It builds on something that wasn't taken. Capture it anew once that is decided.",
  superseded: "The record was begun afresh in the office meanwhile. Capture it anew on what stands now.",
  record_closed: "The record was closed meanwhile and can't be edited any more. Ask the office.",
  not_storable: "The office's database wouldn't hold this. It is kept whole, and the office is told.",
  unknown_kind: "The server doesn't know records of this kind yet, or this app doesn't. It is kept until both do.",
  future_kind_version: "This app is newer than the server. It is kept until the server is updated.",
  // Not taken: refused.
  malformed: DEFECT,
  unknown_record:
    "There is no such record for this phone, or it isn't yours to change. Sync, and capture it again if it is missing.",
  id_not_usable: "The office has something else under this number. Capture it again.",
  not_permitted: "Your role may not write this.",
  wrong_state: "That can't be done as the record stands now.",
  unknown_verb: "The server doesn't know what was asked for. Update the app, or ask the office.",
  // What the gate looks for in the work itself. No app that is in order runs into these.
  batch_empty: DEFECT,
  chunk_too_large: DEFECT,
  chunk_malformed: DEFECT,
  chunk_type: DEFECT,
  chunk_checksum: DEFECT,
  change_empty: DEFECT,
  change_too_large: "This is more than one change can hold. Write it in parts.",
  too_many_deps: DEFECT,
  too_many_actors: DEFECT,
  too_many_ops: DEFECT,
  message_present: DEFECT,
  extra_present: DEFECT,
  time_out_of_range: DEFECT,
  column_unknown: DEFECT,
  column_malformed: DEFECT,
  key_too_long: DEFECT,
  actor_mismatch: DEFECT,
  seq_unexpected: DEFECT,
  deps_unknown: DEFECT,
  actor_unknown: DEFECT,
  deps_missing: DEFECT,
  start_op_unexpected: DEFECT,
  record_full: "This record has grown as far as a record can. Begin a new one.",
  change_unreadable: DEFECT,
  object_unknown: DEFECT,
  object_too_deep: DEFECT,
  key_misplaced: DEFECT,
  element_unknown: DEFECT,
  text_not_spliced: DEFECT,
  pred_mismatch: DEFECT,
  object_replaced: DEFECT,
  check_failed: DEFECT,
  apply_failed: DEFECT,
  not_canonical: DEFECT,
  round_trip_failed: DEFECT,
  // Rules of fields.
  unknown_field: "This app doesn't know that field. Update it.",
  too_deep: "That isn't a place where something can be written.",
  not_an_item_key: "That isn't a line of this list.",
  wrong_type: "A value has the wrong form.",
  required: "Something that is needed is missing.",
  too_long: "A text is longer than it may be. Shorten it.",
  too_many_items: "The list is longer than it may be.",
  out_of_range: "A number is smaller or greater than it may be.",
  not_a_choice: "A value isn't one of those to choose from.",
  bad_period: "This phone's clock is on no day. Set date and time.",
  bad_character: "A text has a character that can't be kept. Remove it.",
  made_at_creation: "That is settled when the record is made, and stays.",
  not_an_item: "That isn't a line of this list.",
  no_such_item: "That line isn't there any more.",
  unsupported_act: "That can't be done with this field.",
  // The device itself says no.
  out_of_scope: "This account isn't on this phone. Sync, or ask the office who looks after it.",
  lease_frozen:
    "This account was handed over. What you captured before is still sent; new work belongs to whoever looks after it now.",
  no_territory: "You hold no territory in which to create an account. Ask the office for one.",
  not_taken: "This record wasn't taken by the office. See what is held.",
  account_merged: "This account was merged into another. Write there.",
  not_held: "That isn't held any more.",
  underway: "It was captured anew or given up already. Sync to hear the answer.",
  not_yet: "The server doesn't know work of this kind yet. It stays held until it does.",
  nothing_changed: "Nothing changed.",
  unreadable_record: "This record can't be read on this phone. Sync to fetch it again.",
  built_on_held_work: "It builds on something that was held, and was never sent.",
  unsent_work:
    "Not everything has reached the office, and signing out would lose it. Sync first. Without a connection keep this phone, or save a rescue file.",
  unsent_work_aside:
    "An older store on this phone holds work that couldn't be carried over, and only it has that. Save a rescue file and ask the office before this phone is given away.",
  undecided_work:
    "Some of your work wasn't taken, or there is something left to read about it. The office has it, but once signed out you can't capture it anew from here.",
  not_at_rest: "What is new hasn't arrived yet. Try again in a moment.",
  sign_in_due:
    "This phone has been without contact for too long. Connect it and sync: it signs in by itself and shows its records again. Capturing goes on.",
  storage_full: "This phone is full: nothing was saved. Free some space, and save again.",
  store_failed: "This phone's store failed. Nothing that was saved is lost; open Roadbook again.",
  store_in_use: "Another tab holds an older version of the store. Close it.",
  store_damaged: "The store can't be opened any more. It is kept as it is.",
  failed: "Something went wrong. Nothing was lost.",
  weak_passphrase: "Please use at least 12 characters.",
  not_a_rescue_file: "This is no rescue file of Roadbook, or one of another version.",
  wrong_passphrase: "The passphrase doesn't open this file, or the file is damaged.",
  // Quotes, and processes that are carried out.
  no_lines: "This order has no lines yet. Say what is ordered, then submit it.",
  quote_expired: "This quote has run out. Make a new one, or give it a later day.",
  unknown_process: "This process isn't on this phone. Sync, or see which are offered.",
  unknown_step: "The process has no such step.",
  unknown_response: "The process has no such response.",
  not_offered: "This process isn't meant for this record.",
  not_a_run: "That is no process that is being carried out.",
  not_running: "This one is over and takes no more answers.",
  not_complete: "Steps that are needed are still open.",
  wrong_answer: "That isn't an answer to this step.",
  // Enrolment.
  wrong_code: "This code isn't valid, or is used up. Ask the office for a new link.",
  too_many_codes: "Too many wrong codes. Wait a little, then try again.",
  another_person: "The code is for somebody else than the one who uses this phone.",
  not_enrolled: "The office doesn't know this phone. Ask for a new code; what was captured stays safe here.",
  // Ends of a connection.
  offline: "The office can't be reached. Your work stays safe here.",
  refused: "The server refused that. Try again later, or ask the office.",
  unknown_version:
    "This app is older than the office's server. Open it anew with a connection and take the newer one when it is offered; your work stays safe here.",
  server_too_old:
    "The office's server is older than this app. Your work stays safe here: tell the office to update its server, then sync again.",
  frame_too_long: UPDATE,
  unexpected_frame: UPDATE,
  unreadable_answer: UPDATE,
  bad_signature: UPDATE,
  push_gap: UPDATE,
  page_gap: "Something came out of order. It is fetched again.",
  forged_page: "What came wasn't signed by your company's server. Check the address, and tell the office.",
  blocked: "This phone was blocked by the office. What was captured stays on it.",
  wiped:
    "For the office this phone is signed out, as when another copy of it was. What was captured here stays here: ask for a new code, and it is carried over.",
  cloned:
    "There are two copies of this phone, and the other one is in use. Nothing is lost: ask the office for a new code for this one.",
  renewed_too_often: "This phone was given too many new stores today. It goes on by itself later.",
  set_aside_too_much: "Too much of this phone's work wasn't taken today. The rest waits here and goes on by itself.",
  stale_nonce: "The phone connected twice at once. It tries again.",
  new_generation_required:
    "This phone's store was a copy or was restored. It is set aside, and what only it holds is carried over.",
  unavailable: "The server is busy. The phone tries again by itself.",
  stopping: "The server is being restarted. The phone tries again by itself.",
  done: "The server closed the connection.",
};
