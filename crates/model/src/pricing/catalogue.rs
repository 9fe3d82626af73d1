//! How the engine looks reference data up: by key, so that its cost does not grow with the number of products.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::order::Order;
use super::reference::{
    DISCRETION, Discretion, PRICE_LISTS, PRICES, PRODUCTS, PROMOTIONS, Price, PriceList, Product, Promotion,
    TAXES, TIERS, TaxRate, Tier, fold, price_key,
};

/// Reference data at one point of the log.
pub trait Catalogue {
    /// The product with this SKU.
    fn product(&self, sku: &str) -> Option<&Product>;
    /// The price of a product in a list.
    fn price(&self, list: &str, sku: &str) -> Option<&Price>;
    /// Every price list, by key.
    fn price_lists(&self) -> &[PriceList];
    /// The loyalty tier with this key, compared without regard to case.
    fn tier(&self, key: &str) -> Option<&Tier>;
    /// Every promotion, by priority, the highest first, then by key.
    fn promotions(&self) -> &[Promotion];
    /// Every tax rate, by key.
    fn taxes(&self) -> &[TaxRate];
    /// All limits of discretion, by key.
    fn discretion(&self) -> &[Discretion];
    /// Set and key of each value that this version cannot read and therefore left out.
    fn unreadable(&self) -> &[(String, String)];
}

/// A catalogue in memory: all of it, or what one order needs (see [`Shelf::missing`]).
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    products: BTreeMap<String, Product>,
    prices: BTreeMap<String, Price>,
    price_lists: Vec<PriceList>,
    tiers: BTreeMap<String, Tier>,
    promotions: Vec<Promotion>,
    taxes: Vec<TaxRate>,
    discretion: Vec<Discretion>,
    unreadable: Vec<(String, String)>,
}

impl Shelf {
    /// The sets that go onto a shelf whole; products and prices go by [`Shelf::missing`].
    pub const WHOLE: [&'static str; 5] = [PRICE_LISTS, TIERS, PROMOTIONS, TAXES, DISCRETION];

    /// Puts a value of a set on the shelf. What this version cannot read is left out and remembered.
    pub fn put(&mut self, set: &str, key: &str, value: &Json) {
        if self.place(set, key, value).is_none() {
            self.unreadable.push((set.to_owned(), key.to_owned()));
            self.unreadable.sort();
        }
    }

    fn place(&mut self, set: &str, key: &str, value: &Json) -> Option<()> {
        match set {
            PRODUCTS => drop(self.products.insert(key.to_owned(), Product::read(key, value).ok()?)),
            PRICES => drop(self.prices.insert(key.to_owned(), Price::read(key, value).ok()?)),
            TIERS => drop(self.tiers.insert(fold(key), Tier::read(key, value).ok()?)),
            PRICE_LISTS => {
                insert(&mut self.price_lists, PriceList::read(key, value).ok()?, |list| list.key.clone());
            }
            PROMOTIONS => {
                let place = |it: &Promotion| (Reverse(it.priority), it.key.clone());
                insert(&mut self.promotions, Promotion::read(key, value).ok()?, place);
            }
            TAXES => insert(&mut self.taxes, TaxRate::read(key, value).ok()?, |rate| rate.key.clone()),
            DISCRETION => {
                insert(&mut self.discretion, Discretion::read(key, value).ok()?, |limits| limits.key.clone());
            }
            _ => {}
        }
        Some(())
    }

    /// Set and key of what an order asks for by key, once the price lists are on the shelf: its products, and their prices
    /// in the lists that may hold for it.
    pub fn missing(&self, order: &Order) -> Vec<(&'static str, String)> {
        let lists = super::listing::candidates(order, &self.price_lists);
        let skus: std::collections::BTreeSet<&str> =
            order.lines.iter().map(|line| line.sku.as_str()).collect();
        let mut wanted = Vec::new();
        for sku in skus {
            wanted.push((PRODUCTS, sku.to_owned()));
            wanted.extend(lists.iter().map(|list| (PRICES, price_key(&list.key, sku))));
        }
        wanted
    }
}

fn insert<T, K: Ord>(sorted: &mut Vec<T>, new: T, place: impl Fn(&T) -> K) {
    let key = place(&new);
    let at = sorted.partition_point(|known| place(known) < key);
    sorted.insert(at, new);
}

impl Catalogue for Shelf {
    fn product(&self, sku: &str) -> Option<&Product> {
        self.products.get(sku)
    }

    fn price(&self, list: &str, sku: &str) -> Option<&Price> {
        self.prices.get(&price_key(list, sku))
    }

    fn price_lists(&self) -> &[PriceList] {
        &self.price_lists
    }

    fn tier(&self, key: &str) -> Option<&Tier> {
        self.tiers.get(&fold(key))
    }

    fn promotions(&self) -> &[Promotion] {
        &self.promotions
    }

    fn taxes(&self) -> &[TaxRate] {
        &self.taxes
    }

    fn discretion(&self) -> &[Discretion] {
        &self.discretion
    }

    fn unreadable(&self) -> &[(String, String)] {
        &self.unreadable
    }
}
