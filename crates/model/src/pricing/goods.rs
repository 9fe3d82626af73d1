//! What should be known of the products of an order: unknown, sold no more, too few in stock.

use super::work::Work;

pub(super) fn check(work: &mut Work<'_>) {
    let quantities = work.quantities();
    let mut said = std::collections::BTreeSet::new();
    for n in 0..work.lines.len() {
        let it = &work.lines[n];
        let (sku, key) = (it.line.sku.as_str(), it.line.key.as_str());
        let Some(product) = it.product else {
            let text = format!("No product {sku} is known here; the line counts as it was written.");
            work.problem("unknown_sku", Some(key), text);
            continue;
        };
        if product.is_discontinued {
            work.problem("discontinued", Some(key), format!("{sku} is sold no more."));
        }
        let together = quantities.get(sku).copied().unwrap_or(0);
        if let Some(stock) = product.in_stock.filter(|stock| *stock < together && said.insert(sku)) {
            let as_of = product.stock_as_of.as_deref().map(|at| format!(" as of {at}")).unwrap_or_default();
            let text = format!("{sku}: {together} are ordered, {stock} were in stock{as_of}.");
            work.problem("short_of_stock", Some(key), text);
        }
    }
}
