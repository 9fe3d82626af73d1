/** Who the customer is, from the account's own record alone, and the people there. */

import { entries, isMap } from "../model/value.ts";
import { byKey, excerpt, int, line, lineWord, type Part, say, sectionOf, source, type View, word } from "./dossier.ts";
import type { Section, Statement } from "./fact.ts";

const MOST = 8;
const CONTACTS_MAX = 5;
/** As many as one reads at a glance; the record has them all. */
const TAGS_MAX = 20;

export const customer = ({ profile }: View): Section =>
  sectionOf("customer", profile === undefined ? [] : statements(profile), MOST);

function statements(profile: Part): Statement[] {
  const said = [identity(profile)];
  const list = (fact: "address" | "reach", ...names: string[]): void => {
    const parts = names.flatMap((name) => line(profile, name) ?? []);
    if (parts.length > 0) said.push(say({ fact, parts }, [source(profile, ...names)]));
  };
  list("address", "street", "postal_code", "city", "region", "country");
  list("reach", "phone", "email", "website");
  said.push(...terms(profile), ...tagged(profile));
  const days = int(profile, "visit_every_days");
  if (days !== null) said.push(say({ fact: "visit_every", days }, [source(profile, "visit_every_days")]));
  const words = excerpt(profile, "description");
  if (words !== null) said.push(say({ fact: "description", excerpt: words }, [source(profile, "description")]));
  return said;
}

function identity(profile: Part): Statement {
  const [external_id, account_type] = [line(profile, "external_id"), line(profile, "account_type")];
  const name = line(profile, "name") ?? "";
  return say({ fact: "identity", name, external_id, account_type, segment: line(profile, "segment") }, [
    source(profile, "name", "external_id", "account_type", "segment"),
  ]);
}

function terms(profile: Part): Statement[] {
  const payment_terms = line(profile, "payment_terms");
  const [price_list, currency] = [line(profile, "price_list"), line(profile, "currency")];
  if (payment_terms === null && price_list === null && currency === null) return [];
  const from = source(profile, "payment_terms", "price_list", "currency");
  return [say({ fact: "terms", payment_terms, price_list, currency }, [from])];
}

function tagged(profile: Part): Statement[] {
  const found = Object.values(entries(profile.fields["tags"])).flatMap((item) =>
    isMap(item) ? (lineWord(item, "tag") ?? []) : [],
  );
  const tags = [...new Set(found)].sort(byKey((tag) => [tag])).slice(0, TAGS_MAX);
  return tags.length === 0 ? [] : [say({ fact: "tags", tags }, [source(profile, "tags")])];
}

const hasLeft = (contact: Part): boolean => word(contact, "status") === "left";

/** Who works there by name, then who has left. */
export function contacts(view: View): Section {
  const found = view.ofKind("contact").sort(byKey((contact) => [hasLeft(contact), line(contact, "name"), contact.id]));
  return sectionOf("contacts", found.map(known), CONTACTS_MAX);
}

function known(contact: Part): Statement {
  const names = ["name", "title", "role", "phone", "mobile", "email", "preferred_channel", "status", "notes"];
  return say(
    {
      fact: "contact",
      name: line(contact, "name") ?? "",
      title: line(contact, "title"),
      role: line(contact, "role"),
      reach: ["phone", "mobile", "email"].flatMap((name) => line(contact, name) ?? []),
      preferred_channel: line(contact, "preferred_channel"),
      left: hasLeft(contact),
      notes: excerpt(contact, "notes"),
    },
    [source(contact, ...names)],
  );
}
