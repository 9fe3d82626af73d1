/**
 * The rescue file: everything on the device that the server has not got, encrypted with a passphrase, for the moment in
 * which nothing else can bring it to the office. Its format:
 *
 * | bytes | what |
 * | --- | --- |
 * | 16 | the ASCII text `roadbook rescue1` |
 * | 4 | rounds of PBKDF2 with SHA-256, big-endian |
 * | 16 | salt |
 * | 12 | nonce of AES-GCM |
 * | the rest | AES-256-GCM over the content, the bytes before it as additional data |
 *
 * The key is PBKDF2 of the passphrase (UTF-8, NFC) by these rounds and salt. The content is JSON, UTF-8: who it is from
 * (`device`, `person`, `person_name`, `server`, `store_generation`, `made_ms`), `pushes`, and `items`.
 *
 * - `pushes` are pushes of the protocol (section 8), in order, each with `store_generation`, `items` (the deflated list) and
 *   `signature` by the device's key, both hexadecimal. The office brings each as it stands to
 *   `POST /v1/devices/{device}/rescue`, which judges it as if the device had pushed it.
 * - `items` are for people, in the order of capture: `number`, `store_generation`, `kind`, `record`, `account`,
 *   `captured_ms`, and `wrote`, the record as its writer saw it. Those of another store generation than the file's are in
 *   no push: their store was set aside, and the device itself captures anew what only that held.
 *
 * `crates/roadbook/src/admin/rescue` reads the same.
 */

import { ReplicaError } from "../client.ts";
import { bigEndian, concat, utf8 } from "../wire/bytes.ts";

const MAGIC = "roadbook rescue1";
const ROUNDS = 600_000;
const HEAD_BYTES = 48;

/** Refuses a passphrase that protects nothing. */
const PASSPHRASE_MIN = 8;

/** A push of the protocol, bytes in hexadecimal. */
export interface RescuePush {
  readonly store_generation: number;
  readonly items: string;
  readonly signature: string;
}

/** An item as people read it. */
export interface RescueItem {
  readonly number: number;
  readonly store_generation: number;
  readonly kind: string | null;
  readonly record: string | null;
  readonly account: string | null;
  readonly captured_ms: number;
  readonly wrote: object | null;
}

/** What a rescue file holds. */
export interface RescueContent {
  readonly device: string;
  readonly person: string;
  readonly person_name: string;
  readonly server: string;
  readonly store_generation: number;
  readonly made_ms: number;
  readonly pushes: readonly RescuePush[];
  readonly items: readonly RescueItem[];
}

export function checkPassphrase(passphrase: string): void {
  if (passphrase.length >= PASSPHRASE_MIN) return;
  throw new ReplicaError("weak_passphrase", `a passphrase has at least ${PASSPHRASE_MIN} characters`);
}

/** Closes content with a passphrase. */
export async function seal(content: RescueContent, passphrase: string): Promise<Blob> {
  checkPassphrase(passphrase);
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const head = concat(utf8(MAGIC), bigEndian(ROUNDS, 4), salt, nonce);
  const text = utf8(JSON.stringify(content));
  const key = await keyOf(passphrase, salt, ROUNDS, "encrypt");
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv: nonce, additionalData: head.slice() },
    key,
    text.slice(),
  );
  return new Blob([head.slice(), sealed], { type: "application/octet-stream" });
}

/** What a rescue file holds, for whoever has the passphrase. */
export async function openRescueFile(file: Uint8Array, passphrase: string): Promise<RescueContent> {
  const head = file.slice(0, HEAD_BYTES);
  const isOne = new TextDecoder().decode(head.subarray(0, 16)) === MAGIC && file.length > HEAD_BYTES;
  if (!isOne) throw new ReplicaError("not_a_rescue_file", "this is no rescue file of Roadbook");
  const rounds = new DataView(head.buffer).getUint32(16);
  if (rounds > 10 * ROUNDS) throw new ReplicaError("not_a_rescue_file", "this rescue file asks for too much work");
  const key = await keyOf(passphrase, head.slice(20, 36), rounds, "decrypt");
  const how = { name: "AES-GCM", iv: head.slice(36, 48), additionalData: head };
  const text = await crypto.subtle.decrypt(how, key, file.slice(HEAD_BYTES)).catch(() => {
    throw new ReplicaError("wrong_passphrase", "the passphrase does not open this file, or the file is damaged");
  });
  const content: unknown = JSON.parse(new TextDecoder().decode(text));
  if (!isContent(content)) {
    throw new ReplicaError("not_a_rescue_file", "this rescue file is of another version; update Roadbook");
  }
  return content;
}

/** The latest and earliest moment that a `Date` can be. */
const DATE_MS_MAX = 8.64e15;

type Told<Shape> = { readonly [name in keyof Shape]?: unknown };

/** Whoever has the passphrase wrote it, but perhaps another program. The server looks at each push itself. */
function isContent(value: unknown): value is RescueContent {
  const { device, person_name, pushes, items } = (value ?? {}) as Told<RescueContent>;
  const isNamed = typeof device === "string" && typeof person_name === "string";
  return isNamed && Array.isArray(pushes) && pushes.every(isPush) && Array.isArray(items) && items.every(isItem);
}

function isPush(value: unknown): value is RescuePush {
  const { store_generation, items, signature } = (value ?? {}) as Told<RescuePush>;
  return typeof store_generation === "number" && typeof items === "string" && typeof signature === "string";
}

function isItem(value: unknown): value is RescueItem {
  const { number, store_generation, captured_ms } = (value ?? {}) as Told<RescueItem>;
  const isCounted = typeof number === "number" && typeof store_generation === "number";
  return isCounted && typeof captured_ms === "number" && Math.abs(captured_ms) <= DATE_MS_MAX;
}

async function keyOf(
  passphrase: string,
  salt: Uint8Array,
  rounds: number,
  use: "encrypt" | "decrypt",
): Promise<CryptoKey> {
  const secret = await crypto.subtle.importKey("raw", utf8(passphrase.normalize("NFC")).slice(), "PBKDF2", false, [
    "deriveKey",
  ]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: salt.slice(), iterations: rounds };
  return await crypto.subtle.deriveKey(how, secret, { name: "AES-GCM", length: 256 }, false, [use]);
}
