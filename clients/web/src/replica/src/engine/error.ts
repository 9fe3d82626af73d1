/** Why nothing was captured, and why a session ended early: each with a stable code and words that say what to do. */

import { ReplicaError } from "../client.ts";
import { VERSION } from "../wire/codec.ts";
import type { NewGeneration } from "../wire/frames.gen.ts";

const refuse = (code: string, text: string): ReplicaError => new ReplicaError(code, text);

export const outOfScope = (): ReplicaError =>
  refuse("out_of_scope", "this account is not on this device; sync, or ask the office who looks after it");

export const frozen = (note: string | null): ReplicaError =>
  refuse(
    "lease_frozen",
    `this account was handed over${note === null ? "" : ` (${note})`}; what you captured before is still sent, new work belongs to its new rep`,
  );

export const noTerritory = (): ReplicaError =>
  refuse("no_territory", "you hold no territory in which to create an account; ask the office for one");

export const unknownRecord = (): ReplicaError => refuse("unknown_record", "this record is not on this device");

export const notTaken = (): ReplicaError =>
  refuse("not_taken", "this record was not taken by the office; see the held tray");

export const unknownKind = (kind: string): ReplicaError =>
  refuse("unknown_kind", `this version of the app does not know records of the kind ${kind}; update it`);

export const closed = (state: string): ReplicaError =>
  refuse("record_closed", `this record is ${state} and can no longer be edited; ask the office`);

export const merged = (root: string): ReplicaError =>
  refuse("account_merged", `this account was merged into ${root}; write there`);

export const notHeld = (number: number): ReplicaError =>
  refuse("not_held", `number ${number} is not held; see the held tray for what is`);

export const underway = (number: number): ReplicaError =>
  refuse("underway", `number ${number} was captured anew or given up already; sync to hear the answer`);

export const notYet = (): ReplicaError =>
  refuse("not_yet", "the server does not know work of this kind yet; it stays held until it does");

export const nothing = (): ReplicaError => refuse("nothing_changed", "nothing changed");

export const leaving = (): ReplicaError =>
  refuse(
    "device_leaving",
    "this device is being taken out of use; what is on it is handed over, nothing new can be captured",
  );

export const unsent = (count: number): ReplicaError =>
  refuse(
    "unsent_work",
    `${count} captured here have not reached the office: signing out would lose them. Sync first; without a connection, keep the device`,
  );

export const unsentAside = (): ReplicaError =>
  refuse(
    "unsent_work_aside",
    "a store that was set aside here holds work that could not be carried over, and only it has that: ask the office to look at it before this device is given away",
  );

export const undecided = (count: number): ReplicaError =>
  refuse(
    "undecided_work",
    `${count} captured here were held or refused, or are still to be read about: the office has them, but once signed out nobody captures them anew from here. Decide on them first, or leave them to the office`,
  );

export const notAtRest = (): ReplicaError => refuse("not_at_rest", "what is new has not arrived yet; sync first");

const UNREADABLE = "this record cannot be read on this device; sync to fetch it again";

export const unreadable = (): ReplicaError => refuse("unreadable_record", UNREADABLE);

/** What was asked for came upon a record that is damaged in the store. It was let go of, so that the next sync brings it. */
export class Mended extends ReplicaError {
  constructor() {
    super("unreadable_record", UNREADABLE);
  }
}

/** Why a session ended early. What is in the outbox stays there. */
export class SessionError extends ReplicaError {
  constructor(
    code: string,
    text: string,
    /** When to try again, if the server said so or waiting helps. */
    readonly retryAfterMs: number | null = null,
  ) {
    super(code, text);
  }
}

/** The store must be set aside (rule S3). */
export class GenerationEnded extends SessionError {
  constructor(readonly frame: NewGeneration) {
    super("new_generation_required", frame.text);
  }
}

/**
 * The device has wiped itself, and the server knows: the shell removes what is left. A server that merely says so of a store
 * that is not wiped, such as the copy of one that is, is no reason to remove anything.
 */
export class Wiped extends SessionError {
  constructor() {
    super(
      "wiped",
      "this device was taken out of use: what was on it is with the office, and nothing of it is left here",
    );
  }
}

export const forged = (): SessionError =>
  new SessionError(
    "forged_page",
    "a page was not signed by the server this device enrolled with; check the server's address",
  );

/** The versions that a server names with `unknown_version` (rule V1). */
const SPOKEN = /versions? \d+ to (\d+)/;

/** Rule V1: which of the two is to be updated follows from the versions that the server names. */
export function unspoken(text: string): SessionError {
  const highest = SPOKEN.exec(text)?.[1];
  if (highest !== undefined && Number(highest) < VERSION) return new SessionError("server_too_old", text);
  return new SessionError("unknown_version", text);
}

export const gap = (): SessionError => new SessionError("page_gap", "a page came out of order; reconnect", 0);

export const unexpected = (word: string): SessionError =>
  new SessionError("unexpected_frame", `the server sent an unexpected ${word} frame`);

export const unreadableAnswer = (why: string): SessionError =>
  new SessionError(
    "unreadable_answer",
    `the server's answer cannot be read (${why}); is this a Roadbook server of a fitting version?`,
  );
