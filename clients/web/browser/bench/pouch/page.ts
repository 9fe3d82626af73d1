/**
 * What the app is measured against: the same accounts, contacts and orders in PouchDB, as its guides say one should: the
 * list by `_id`, the search by a view of words that is built beforehand, a capture by `put`. Nothing else on the page.
 */
import PouchDB from "pouchdb-browser";

import { customerName, customerTown } from "../names.ts";

interface Doc {
  readonly kind: string;
  readonly title: string;
  readonly town: string;
}

const db = new PouchDB<Doc>("beside");
const SHOWN = 50;

const list = document.querySelector("ul");
const status = document.querySelector("p");
const search = document.querySelector("input");
const button = document.querySelector("button");

function show(rows: readonly { readonly doc?: Partial<Doc> | undefined }[]): void {
  list?.replaceChildren(
    ...rows.map(({ doc }) => {
      const item = document.createElement("li");
      item.textContent = `${doc?.title ?? ""} ${doc?.town ?? ""}`;
      return item;
    }),
  );
}

async function showAccounts(): Promise<void> {
  const { rows } = await db.allDocs({
    startkey: "account/",
    endkey: "account/\uffff",
    limit: SHOWN,
    include_docs: true,
  });
  show(rows);
}

async function find(words: string): Promise<void> {
  const key = words.toLowerCase();
  const found = await db.query("words", {
    startkey: key,
    endkey: `${key}\uffff`,
    limit: SHOWN,
    include_docs: true,
  });
  if (search?.value === words) show(found.rows);
}

async function save(): Promise<void> {
  if (status !== null) status.textContent = "";
  const id = `visit/${crypto.randomUUID()}`;
  await db.put({
    _id: id,
    kind: "visit",
    title: "A visit",
    town: "",
    notes: "Wants the new samples by Friday.",
  });
  if (status !== null) status.textContent = "Saved";
}

/** Fills the empty store, and builds the index of words. Called by the bench alone. */
async function fill(customers: number, orders: number): Promise<void> {
  const docs = [];
  for (let number = 0; number < customers; number += 1) {
    const town = customerTown(number);
    const title = customerName(number);
    docs.push({
      _id: `account/${title}`,
      kind: "account",
      title,
      town,
      phone: `030-${1_000_000 + number}`,
      street: `High Street ${number}`,
    });
    docs.push({
      _id: `contact/${number}`,
      kind: "contact",
      title: `Owner of ${title}`,
      town,
      phone: `030-${1_000_000 + number}`,
    });
  }
  for (let number = 0; number < orders; number += 1) {
    docs.push({
      _id: `order/${number}`,
      kind: "order",
      title: `Order ${100_000 + number}`,
      town: "",
      lines: [{ sku: String(number % 77), quantity: 3, unit_price_minor: 1250 }],
    });
  }
  for (let from = 0; from < docs.length; from += 2000) await db.bulkDocs(docs.slice(from, from + 2000));
  // A view is kept as its source text.
  const map =
    "function (doc) { if (doc.kind === 'account') { emit(doc.title.toLowerCase()); (doc.title + ' ' + doc.town).toLowerCase().split(' ').slice(1).forEach(function (word) { emit(word); }); } }";
  await db.put({ _id: "_design/words", views: { words: { map } } });
  await db.query("words", { limit: 1 });
}

Object.assign(window, { fill });
search?.addEventListener("input", () => void (search.value === "" ? showAccounts() : find(search.value)));
button?.addEventListener("click", () => void save());
void showAccounts();
