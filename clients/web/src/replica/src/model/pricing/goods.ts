/** What should be known of the products of an order. As `pricing/goods.rs`. */

import type { Work } from "./work.ts";

export function checkGoods(work: Work): void {
  const quantities = work.quantities();
  const said = new Set<string>();
  for (const { line, product } of work.lines) {
    const { sku, key } = line;
    if (product === undefined) {
      const text = `No product ${sku} is known here; the line counts as it was written.`;
      work.problem("unknown_sku", key, text);
      continue;
    }
    if (product.isDiscontinued) work.problem("discontinued", key, `${sku} is sold no more.`);
    const together = quantities.get(sku) ?? 0;
    if (product.inStock !== null && product.inStock < together && !said.has(sku)) {
      said.add(sku);
      const asOf = product.stockAsOf === null ? "" : ` as of ${product.stockAsOf}`;
      const text = `${sku}: ${String(together)} are ordered, ${String(product.inStock)} were in stock${asOf}.`;
      work.problem("short_of_stock", key, text);
    }
  }
}
