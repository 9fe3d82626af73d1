/** What an order adds to what its account owes: as `pricing::Credit` of the model. */

import { orderTotals } from "../money.ts";
import { isHandedIn } from "../right.ts";
import type { Fields } from "../value.ts";

/** Where an order stands, as far as what its account owes depends on it. */
export interface Standing {
  readonly state: string;
  /** What it comes to before tax, as decided. */
  readonly decidedMinor: number | null;
  /** When it was accepted. */
  readonly acceptedMs: number | null;
}

/**
 * With its tax: as decided, and until then as its document says. Nothing unless it was handed in and is not through, or was
 * accepted after the moment at which the account owed what it says, and is in the account's currency.
 */
export function owedOf(order: Fields, standing: Standing, profile: Fields): number {
  if (!isOpen(standing, profile) || order["currency"] !== (profile["currency"] ?? "")) return 0;
  const tax = order["priced_tax_minor"];
  return (standing.decidedMinor ?? orderTotals(order).total_minor) + (typeof tax === "number" ? tax : 0);
}

function isOpen({ state, acceptedMs }: Standing, profile: Fields): boolean {
  const owed = profile["owed_at"];
  const isLater = acceptedMs !== null && typeof owed === "number" && acceptedMs > owed;
  return isHandedIn(state) || (state === "accepted" && isLater);
}
