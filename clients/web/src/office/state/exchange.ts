/** Files that come and go: uploaded in parts, downloaded in the name of whoever is signed in. */
import { read, type Schema } from "$api/client";
import { problemOf } from "$api/problem";

import { saveFile } from "$design/files.ts";
import { desk } from "./desk.svelte.ts";

export type Import = Schema["Import"];
export type Kind = Schema["ImportedKind"];
export type Format = Schema["FileFormat"];

/** Bytes of one part: a third more as text, and still below what the server takes. */
const PART_BYTES = 512 * 1024;

/** Everything that a file may hold, in the order in which one names the other. */
export const KINDS = [
  "account",
  "contact",
  "consent",
  "products",
  "tiers",
  "price_lists",
  "prices",
  "promotions",
  "taxes",
  "discretion",
  "cadence",
  "goals",
] as const satisfies readonly Kind[];

export const isKind = (word: string): word is Kind => KINDS.some((kind) => kind === word);

/** How a file is written, by what it is called. */
export function formatOf(name: string): Format {
  if (/\.(vcf|vcard)$/i.test(name)) return "vcard";
  return /\.(geojson|json)$/i.test(name) ? "geojson" : "csv";
}

/** Whether an import has work ahead of it that it does by itself. */
export function works(state: string): boolean {
  return ["reading", "checking", "running"].includes(state);
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

/** Uploads a file and has it checked; gives the import's id. */
export async function upload(file: File, kind: Kind, tell: (part: number, parts: number) => void): Promise<string> {
  const body = { kind, format: formatOf(file.name), file_name: file.name.slice(0, 200) };
  const made = await read(desk.api.POST("/v1/imports", { body }));
  const parts = Math.max(1, Math.ceil(file.size / PART_BYTES));
  for (let part = 0; part < parts; part += 1) {
    tell(part + 1, parts);
    const bytes = new Uint8Array(await file.slice(part * PART_BYTES, (part + 1) * PART_BYTES).arrayBuffer());
    const params = { path: { import: made.id, part } };
    await read(desk.api.PUT("/v1/imports/{import}/parts/{part}", { params, body: { base64: base64(bytes) } }));
  }
  await read(desk.api.POST("/v1/imports/{import}/check", { params: { path: { import: made.id } }, body: {} }));
  return made.id;
}

interface Fetched {
  readonly data?: Blob | undefined;
  readonly error?: unknown;
  readonly response: Response;
}

async function save(answer: Promise<Fetched>, name: string): Promise<void> {
  const { data, error, response } = await answer;
  if (!response.ok || data === undefined) throw await problemOf(response, error);
  saveFile(data, name);
}

/** Downloads the rows that were not taken. */
export function saveFailed(id: string, name: string): Promise<void> {
  const params = { path: { import: id } };
  const answer = desk.api.GET("/v1/imports/{import}/failed", { params, parseAs: "blob" });
  return save(answer, `not-taken-${name.replace(/\.[^.]*$/, "")}.csv`);
}

/** Downloads all accounts or contacts. */
export function saveAll(what: "accounts" | "contacts", format: Format): Promise<void> {
  const ending = { csv: "csv", vcard: "vcf", geojson: "geojson" }[format];
  const params = { query: { format } };
  const answer =
    what === "accounts"
      ? desk.api.GET("/v1/exports/accounts", { params, parseAs: "blob" })
      : desk.api.GET("/v1/exports/contacts", { params, parseAs: "blob" });
  return save(answer, `${what}.${ending}`);
}

/** Downloads consents with their proof, as at the end of a day; of all accounts, or of one. */
export function saveConsents(account: string, day: string): Promise<void> {
  const of = { ...(account === "" ? {} : { account }), ...(day === "" ? {} : { as_at: day }) };
  const params = { query: { ...of, offset: -new Date().getTimezoneOffset() } };
  const answer = desk.api.GET("/v1/exports/consents", { params, parseAs: "blob" });
  return save(answer, `consents-${day === "" ? "today" : day}.csv`);
}
