/** A catalogue in memory: all of it, or what one order needs. As `pricing/catalogue.rs`. */

import type { Value } from "../value.ts";
import { compareText, fold } from "./amount.ts";
import { candidates } from "./listing.ts";
import type { Order } from "./order.ts";
import { Unreadable } from "./reader.ts";
import {
  type Discretion,
  type Price,
  type PriceList,
  type Product,
  type Promotion,
  readDiscretion,
  readPrice,
  readPriceList,
  readProduct,
  readPromotion,
  readTax,
  readTier,
  type TaxRate,
  type Tier,
} from "./reference.ts";

const byKey = (a: { readonly key: string }, b: { readonly key: string }): number => compareText(a.key, b.key);

export class Shelf {
  /** The sets that go onto a shelf whole; products and prices go by `missing`. */
  static readonly WHOLE = ["price_lists", "tiers", "promotions", "taxes", "discretion"] as const;

  readonly products = new Map<string, Product>();
  readonly prices = new Map<string, Price>();
  readonly tiers = new Map<string, Tier>();
  readonly priceLists: PriceList[] = [];
  readonly promotions: Promotion[] = [];
  readonly taxes: TaxRate[] = [];
  readonly discretion: Discretion[] = [];
  readonly unreadable: { readonly set: string; readonly key: string }[] = [];

  /** Puts a value of a set on the shelf. What this version cannot read is left out and remembered. */
  put(set: string, key: string, value: Value): void {
    try {
      this.#place(set, key, value);
    } catch (fault) {
      if (!(fault instanceof Unreadable)) throw fault;
      this.unreadable.push({ set, key });
      this.unreadable.sort((a, b) => compareText(a.set, b.set) || compareText(a.key, b.key));
    }
  }

  #place(set: string, key: string, value: Value): void {
    switch (set) {
      case "products":
        this.products.set(key, readProduct(key, value));
        break;
      case "prices":
        this.prices.set(key, readPrice(key, value));
        break;
      case "tiers":
        this.tiers.set(fold(key), readTier(key, value));
        break;
      case "price_lists":
        this.priceLists.push(readPriceList(key, value));
        this.priceLists.sort(byKey);
        break;
      case "promotions":
        this.promotions.push(readPromotion(key, value));
        this.promotions.sort((a, b) => b.priority - a.priority || byKey(a, b));
        break;
      case "taxes":
        this.taxes.push(readTax(key, value));
        this.taxes.sort(byKey);
        break;
      case "discretion":
        this.discretion.push(readDiscretion(key, value));
        this.discretion.sort(byKey);
        break;
    }
  }

  /** Set and key of what an order asks for by key, once the price lists are on the shelf. */
  missing(order: Order): { readonly set: string; readonly key: string }[] {
    const lists = candidates(order, this.priceLists);
    const skus = [...new Set(order.lines.map(({ sku }) => sku))];
    return skus.flatMap((sku) => [
      { set: "products", key: sku },
      ...lists.map((list) => ({ set: "prices", key: `${list.key}/${sku}` })),
    ]);
  }
}
