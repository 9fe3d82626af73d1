/** What an order adds to what its account owes: as `pricing::Credit` of the model. */

import { orderTotals } from "../money.ts";
import { isHandedIn } from "../right.ts";
import type { Fields } from "../value.ts";

/**
 * With its tax: as decided, and until then as its document says. Nothing unless it was handed in, is not through, and is in
 * the account's currency.
 */
export function owedOf(order: Fields, state: string, decidedMinor: number | null, currency: string): number {
  if (!isHandedIn(state) || order["currency"] !== currency) return 0;
  const tax = order["priced_tax_minor"];
  return (decidedMinor ?? orderTotals(order).total_minor) + (typeof tax === "number" ? tax : 0);
}
