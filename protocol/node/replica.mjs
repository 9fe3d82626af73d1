// A replica that reads: of each record it keeps which changes it has, and what they depend on. That is enough to know
// a document's heads, hence the digests; it is not enough to show a document, which takes Automerge.

import { fromHex } from "./bytes.mjs";
import { Entry } from "./frames.mjs";
import {
  changeHash,
  dependenciesOf,
  deviceActorText,
  digestText,
  filled,
  firstEight,
  serverActorText,
  sum,
  tag16,
} from "./proofs.mjs";

export class Replica {
  cursor;
  /** Open fills: mark by grant. */
  fills = new Map();
  /** Lease by id: `{ subject, isOpen }`. */
  leases = new Map();
  /** Root by account, of accounts that were merged into another. */
  roots = new Map();
  /** Record by id: `{ account, generation, changes }`, the dependencies of each change by its hash. */
  records = new Map();
  entries = 0;

  constructor(cursor, digestKey) {
    this.cursor = cursor;
    this.digestKey = digestKey;
  }

  /** Rule P1: the page whole, with its fills and the cursor. Its signature, of this epoch, was checked before. */
  apply(epoch, page, body) {
    const cursor = BigInt(this.cursor.position);
    if (BigInt(page.from) > cursor) throw new Error(`a page from ${page.from} leaves a gap after ${cursor}`);
    for (const { position, payload } of body.entries.filter((entry) => BigInt(entry.position) > cursor)) {
      this.#applyEntry(Entry.read(fromHex(payload)), position);
    }
    for (const { mark, done, records, gone } of body.fills) {
      const before = {};
      for (const record of records) this.#applyFillRecord(epoch, before, record, mark.grant === "0");
      // Rule D3: what is not in the scope. Nothing ever waits here.
      if (mark.grant === "0") for (const record of gone ?? []) this.records.delete(record);
      if (done) this.fills.delete(mark.grant);
      else this.fills.set(mark.grant, mark);
    }
    if (BigInt(page.upto.position) > cursor) this.cursor = page.upto;
  }

  #applyEntry(entry, position) {
    this.entries += 1;
    const [[word, fields]] = Object.entries(entry);
    if (word === "changes") {
      this.#applyChanges(fields);
    }
    if (word === "granted") this.#grant(fields.grants, position);
    if (word === "withdrawn") for (const lease of fields.leases) this.#close(lease);
    if (word === "closed") this.#close(fields.lease);
    if (word === "alias") this.#merge(fields.account, fields.root);
  }

  #grant(grants, position) {
    for (const { lease, subject, root } of grants) {
      this.leases.set(lease, { subject, isOpen: true });
      if (root !== null) this.roots.set(subject.account, root);
    }
    if (grants.some(({ subject }) => subject.account !== undefined)) {
      this.fills.set(position, { grant: position, token: null });
    }
  }

  /** Rule M3: what was part of the account is part of its root too. */
  #merge(account, root) {
    for (const [part, of] of this.roots) if (of === account) this.roots.set(part, root);
    this.roots.set(account, root);
  }

  /** Rule M5: the account under which a record is shown. Digests go by the record's own. */
  shownUnder(account) {
    return this.roots.get(account) ?? account;
  }

  #close(id) {
    const lease = this.leases.get(id);
    if (lease !== undefined) lease.isOpen = false;
  }

  /** Rule P8: what is absent is as before in the same part. */
  #applyFillRecord(epoch, before, { record, account, generation, skipped, changes }, isHeal) {
    before.account = account ?? before.account;
    const chunks = changes.map(({ chunk, hand }) => {
      before.hand = hand ?? before.hand;
      return whole(epoch, record, before.hand, fromHex(chunk));
    });
    // Rule D4: a higher generation replaces what was accepted, a lower one changes nothing.
    const known = this.records.get(record)?.generation ?? 0;
    if ((generation ?? 0) < known) return;
    if ((isHeal && skipped === null) || (generation ?? 0) > known) this.records.delete(record);
    this.#addChanges(record, before.account, generation ?? 0, chunks);
  }

  /** Rule D4: the next generation begins a record anew; what is of another changes nothing. */
  #applyChanges({ record, account, generation, creates, changes }) {
    const known = this.records.get(record);
    if (known === undefined && creates === null) return;
    if (known !== undefined && generation > known.generation && creates !== null) this.records.delete(record);
    else if (known !== undefined && generation !== known.generation) return;
    this.#addChanges(record, account, generation, changes.map(fromHex));
  }

  #addChanges(id, account, generation, chunks) {
    const record = this.records.get(id) ?? { account, generation, changes: new Map() };
    for (const chunk of chunks) record.changes.set(changeHash(chunk), dependenciesOf(chunk).hashes);
    this.records.set(id, record);
  }

  /** The digest of the scope: of all records of accounts under open leases. */
  digest() {
    const open = new Set();
    for (const { subject, isOpen } of this.leases.values()) {
      if (isOpen && subject.account !== undefined) open.add(subject.account);
    }
    const counted = [...this.records].filter(([, { account }]) => open.has(account));
    return sum(
      counted.map(([id, { generation, changes }]) =>
        firstEight(digestText(this.digestKey, id, generation, heads(changes))),
      ),
    );
  }
}

/** The changes that no other depends on. */
export function heads(changes) {
  const inner = new Set([...changes.values()].flat());
  return [...changes.keys()].filter((hash) => !inner.has(hash));
}

/** The whole chunk of a fill's change, by the hand that made it. */
export function whole(epoch, record, hand, chunk) {
  if (hand === "whole") return chunk;
  if (hand === "server") return filled(chunk, tag16(serverActorText(epoch, record)));
  const { device, store_generation: storeGeneration, branch } = hand.device;
  return filled(chunk, tag16(deviceActorText(device, storeGeneration, record, branch)));
}
