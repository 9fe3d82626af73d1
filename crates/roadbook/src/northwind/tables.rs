//! The eleven files together: every row of each, and every reference between them.

use std::collections::BTreeSet;

use super::fault::{Fault, Faults};
use super::rows::{
    Category, Customer, Detail, Employee, Holder, Order, Product, Region, Shipper, Supplier, Territory,
};
use super::source::Source;
use super::table::{At, Table, read};

/// All rows of all files.
#[derive(Clone, Debug)]
pub struct Tables {
    /// `regions.csv`
    pub regions: Vec<At<Region>>,
    /// `territories.csv`
    pub territories: Vec<At<Territory>>,
    /// `employees.csv`
    pub employees: Vec<At<Employee>>,
    /// `employee_territories.csv`
    pub holders: Vec<At<Holder>>,
    /// `customers.csv`
    pub customers: Vec<At<Customer>>,
    /// `categories.csv`
    pub categories: Vec<At<Category>>,
    /// `suppliers.csv`
    pub suppliers: Vec<At<Supplier>>,
    /// `products.csv`
    pub products: Vec<At<Product>>,
    /// `shippers.csv`
    pub shippers: Vec<At<Shipper>>,
    /// `orders.csv`
    pub orders: Vec<At<Order>>,
    /// `order_details.csv`
    pub details: Vec<At<Detail>>,
}

impl Tables {
    /// Reads every file, and checks that every reference leads somewhere.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn read(source: &Source) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let tables = Self {
            regions: read(source, &mut faults),
            territories: read(source, &mut faults),
            employees: read(source, &mut faults),
            holders: read(source, &mut faults),
            customers: read(source, &mut faults),
            categories: read(source, &mut faults),
            suppliers: read(source, &mut faults),
            products: read(source, &mut faults),
            shippers: read(source, &mut faults),
            orders: read(source, &mut faults),
            details: read(source, &mut faults),
        };
        // A row that was dropped would make every reference to it look wrong too.
        if faults.is_empty() {
            tables.check_references(&mut faults);
        }
        faults.unless(tables)
    }

    fn check_references(&self, faults: &mut Faults) {
        let regions = keys(&self.regions);
        let territories = keys(&self.territories);
        let employees = keys(&self.employees);
        let customers = keys(&self.customers);
        let products = keys(&self.products);
        let orders = keys(&self.orders);
        refer(faults, &self.territories, "region_id", &regions, |row| Some(row.region));
        refer(faults, &self.employees, "reports_to", &employees, |row| row.reports_to);
        refer(faults, &self.holders, "employee_id", &employees, |row| Some(row.employee));
        refer(faults, &self.holders, "territory_id", &territories, |row| Some(row.territory.clone()));
        refer(faults, &self.products, "supplier_id", &keys(&self.suppliers), |row| row.supplier);
        refer(faults, &self.products, "category_id", &keys(&self.categories), |row| row.category);
        refer(faults, &self.orders, "customer_id", &customers, |row| Some(row.customer.clone()));
        refer(faults, &self.orders, "employee_id", &employees, |row| Some(row.employee));
        refer(faults, &self.orders, "ship_via", &keys(&self.shippers), |row| row.shipper);
        refer(faults, &self.details, "order_id", &orders, |row| Some(row.order));
        refer(faults, &self.details, "product_id", &products, |row| Some(row.product));
    }
}

fn keys<T: Table>(rows: &[At<T>]) -> BTreeSet<T::Key> {
    rows.iter().map(|at| at.row.key()).collect()
}

fn refer<T: Table, K: Ord + std::fmt::Display>(
    faults: &mut Faults,
    rows: &[At<T>],
    column: &str,
    known: &BTreeSet<K>,
    reference: impl Fn(&T) -> Option<K>,
) {
    for at in rows {
        let Some(key) = reference(&at.row).filter(|key| !known.contains(key)) else { continue };
        let text = format!("there is no {key} to refer to; correct it, or add the row that is missing");
        let column = column.to_owned();
        faults.add(Fault { file: T::FILE, line: at.line, column, code: "unknown_reference", text });
    }
}
