/**
 * The hand-over brief: what one reads before the first visit to an account that one did not know. Made from the account's
 * records alone, so that it is there offline and says what the server's says (`crates/model/src/brief`). Nothing is said
 * without a source, and it stays short however long the account's history.
 *
 * Reading order: `fact` (what a brief can say), `dossier` (what it is made from), then one module for each section, `words`
 * (the English).
 */

import { contacts, customer } from "./customer.ts";
import { type Dossier, line, View } from "./dossier.ts";
import type { Brief } from "./fact.ts";
import { habits } from "./habits.ts";
import { orders } from "./orders.ts";
import { promises } from "./promises.ts";
import { visits } from "./visits.ts";
import { warnings } from "./warnings.ts";

/** The brief of an account, as of the dossier's moment. */
export function brief(dossier: Dossier): Brief {
  const view = new View(dossier);
  const sections = [customer, contacts, promises, visits, orders, habits, warnings].map((make) => make(view));
  const name = view.profile === undefined ? null : line(view.profile, "name");
  return { account: dossier.account, name: name ?? "", day: view.today, sections };
}
