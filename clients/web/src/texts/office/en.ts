/** The console's words in English. Words of the domain are the glossary's. */
import { desk } from "./en/desk.ts";
import { exchange } from "./en/exchange.ts";
import { feed } from "./en/feed.ts";
import { fields } from "./en/fields.ts";
import { figures } from "./en/figures.ts";
import { inboxes } from "./en/inboxes.ts";
import { kinds } from "./en/kinds.ts";
import { moves } from "./en/moves.ts";
import { people } from "./en/people.ts";
import { plan } from "./en/plan.ts";
import { processes } from "./en/processes.ts";
import { record } from "./en/record.ts";
import { reference } from "./en/reference.ts";
import { territories } from "./en/territories.ts";

export const en = {
  desk,
  exchange,
  feed,
  fields,
  figures,
  inboxes,
  kinds,
  moves,
  people,
  plan,
  processes,
  record,
  reference,
  territories,
};
