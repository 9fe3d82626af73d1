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
 * (`device`, `person`, `person_name`, `server`, `store_generation`, `made_ms`), and `items`, in the order of capture, each
 * with `number`, `kind`, `record`, `account`, `captured_ms`, `bytes` (the item as it is pushed, hexadecimal), and `wrote`,
 * the record as its writer saw it, so that people can read it.
 */

import { ReplicaError } from "../client.ts";
import * as content from "../engine/content.ts";
import type { ItemRow } from "../engine/rows.ts";
import { Memory, Tx } from "../engine/tx.ts";
import * as document from "../model/document.ts";
import { kindNamed } from "../model/model.ts";
import { bigEndian, concat, hex, utf8 } from "../wire/bytes.ts";
import type { Keeper } from "./keeper.ts";

const MAGIC = "roadbook rescue1";
const ROUNDS = 600_000;
const HEAD_BYTES = 48;

/** Refuses a passphrase that protects nothing. */
const PASSPHRASE_MIN = 8;

export async function rescueFile(keeper: Keeper, passphrase: string): Promise<Blob> {
  if (passphrase.length < PASSPHRASE_MIN) {
    throw new ReplicaError("weak_passphrase", `a passphrase has at least ${PASSPHRASE_MIN} characters`);
  }
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const head = concat(utf8(MAGIC), bigEndian(ROUNDS, 4), salt, nonce);
  const text = utf8(JSON.stringify(await contentOf(keeper)));
  const key = await keyOf(passphrase, salt, ROUNDS, "encrypt");
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv: nonce, additionalData: head.slice() },
    key,
    text.slice(),
  );
  return new Blob([head.slice(), sealed], { type: "application/octet-stream" });
}

/** What a rescue file holds, for whoever has the passphrase. */
export async function openRescueFile(file: Uint8Array, passphrase: string): Promise<unknown> {
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
  return JSON.parse(new TextDecoder().decode(text)) as unknown;
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

async function contentOf(keeper: Keeper): Promise<object> {
  const { server, enrolment, asides } = keeper.enrolled;
  const { device, person, person_name } = enrolment;
  const items = await itemsOf(keeper.look());
  for (const { name } of asides.filter(({ carried, left }) => !carried || left.length > 0)) {
    const memory = await Memory.read(await keeper.platform.openStore(Number(name)));
    items.push(...(await itemsOf(new Tx(memory))));
    memory.store.close();
  }
  const generation = keeper.look().device.store_generation;
  const made = keeper.platform.now();
  return { device, person, person_name, server, store_generation: generation, made_ms: made, items };
}

async function itemsOf(tx: Tx): Promise<object[]> {
  const items: object[] = [];
  for (const item of tx.waiting().filter(({ record }) => record !== null)) {
    const row = item.record === null ? undefined : await tx.record(item.record);
    items.push({
      number: item.number,
      kind: row?.kind ?? null,
      record: item.record,
      account: item.account,
      captured_ms: item.captured_ms,
      bytes: hex(item.bytes),
      wrote: row === undefined ? null : await wroteOf(tx, item, row.kind),
    });
  }
  return items;
}

async function wroteOf(tx: Tx, item: ItemRow, kind: string): Promise<object | null> {
  const spec = kindNamed(kind);
  const row = item.record === null ? undefined : await tx.record(item.record);
  if (spec === undefined || row === undefined) return null;
  try {
    return await content.using(content.asWritten(tx, row, item.number), (doc) => document.hydrate(spec, doc));
  } catch (error) {
    if (error instanceof document.Unreadable) return null;
    throw error;
  }
}
