/** What is to be priced. As `pricing/order.rs`, whose JSON this is. */

export interface Order {
  readonly currency: string;
  /** The day whose prices hold, `YYYY-MM-DD`. */
  readonly date: string;
  readonly customer?: Customer;
  readonly lines: readonly Line[];
  readonly header_discount_bp?: number;
  readonly goodwill_minor?: number;
  readonly freight_minor?: number;
}

export interface Customer {
  readonly account?: string;
  readonly segment?: string | null;
  /** Ids of its territory and of those above, the nearest first. */
  readonly territories?: readonly string[];
  readonly price_list?: string | null;
  readonly tier?: string | null;
  readonly country?: string | null;
  readonly region?: string | null;
}

export interface Line {
  readonly key: string;
  readonly sku: string;
  readonly quantity: number;
  /** The person's own price of one: it stands, no tier and no promotion touches it. */
  readonly own_price_minor?: number | null;
  readonly discount_bp?: number;
}
