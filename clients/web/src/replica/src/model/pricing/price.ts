/**
 * What an order costs: the engine of `crates/model/src/pricing`, step by step, to the cent. Both are held to the cases of
 * `protocol/vectors/pricing`.
 */

import { checkGoods } from "./goods.ts";
import { runListing } from "./listing.ts";
import type { Order } from "./order.ts";
import { runPromotions } from "./promotions.ts";
import type { Shelf } from "./shelf.ts";
import { runTaxes } from "./taxes.ts";
import type { Priced } from "./trace.ts";
import { Work } from "./work.ts";

/** Prices an order. It always answers: what cannot be priced is named among the problems. */
export function price(order: Order, shelf: Shelf): Priced {
  const work = new Work(order, shelf);
  runListing(work, shelf);
  checkGoods(work);
  work.tier(shelf);
  runPromotions(work, shelf.promotions, "lines");
  runPromotions(work, shelf.promotions, "order");
  work.ownDiscounts();
  runTaxes(work, shelf);
  return work.finish();
}
