//! A row of each file: its columns, and which values they may hold.

use chrono::NaiveDate;

use super::table::{Row, Table};

/// Largest id of a numbered table.
const ID_MAX: i64 = 999_999_999;
/// Largest amount, in minor units.
const MINOR_MAX: i64 = 1_000_000_000;

/// A region: a branch of the territory tree.
#[derive(Clone, Debug)]
pub struct Region {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
}

/// A sales territory.
#[derive(Clone, Debug)]
pub struct Territory {
    /// Its code: a postcode, hence a text.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its region.
    pub region: i64,
}

/// An employee.
#[derive(Clone, Debug)]
pub struct Employee {
    /// The number.
    pub id: i64,
    /// Family name.
    pub last_name: String,
    /// Given name.
    pub first_name: String,
    /// Position.
    pub title: Option<String>,
    /// First day of work.
    pub hired: Option<NaiveDate>,
    /// The employee to whom this one reports.
    pub reports_to: Option<i64>,
}

/// Who holds which territory.
#[derive(Clone, Debug)]
pub struct Holder {
    /// The employee.
    pub employee: i64,
    /// The territory.
    pub territory: String,
}

/// A customer.
#[derive(Clone, Debug)]
pub struct Customer {
    /// Five letters.
    pub id: String,
    /// What it is called.
    pub company: String,
    /// Whom one speaks to there, and that person's position.
    pub contact: Option<(String, Option<String>)>,
    /// Street and number.
    pub address: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// State or county.
    pub region: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Fax.
    pub fax: Option<String>,
}

/// A category of products.
#[derive(Clone, Debug)]
pub struct Category {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
}

/// A supplier.
#[derive(Clone, Debug)]
pub struct Supplier {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
}

/// A product.
#[derive(Clone, Debug)]
pub struct Product {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Who makes it.
    pub supplier: Option<i64>,
    /// What it belongs to.
    pub category: Option<i64>,
    /// The sales unit.
    pub unit: Option<String>,
    /// Price of a unit, in cents.
    pub unit_price_minor: i64,
    /// How many there are.
    pub in_stock: i64,
    /// How many are on their way.
    pub on_order: i64,
    /// At how many it is ordered again.
    pub reorder_level: i64,
    /// No longer sold.
    pub discontinued: bool,
}

/// A carrier.
#[derive(Clone, Debug)]
pub struct Shipper {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
}

/// An order.
#[derive(Clone, Debug)]
pub struct Order {
    /// Its number.
    pub id: i64,
    /// Who ordered.
    pub customer: String,
    /// Who took it.
    pub employee: i64,
    /// When it was taken.
    pub ordered: NaiveDate,
    /// When it is wanted.
    pub required: Option<NaiveDate>,
    /// When it went out.
    pub shipped: Option<NaiveDate>,
    /// With whom it goes.
    pub shipper: Option<i64>,
    /// Freight, in cents.
    pub freight_minor: i64,
    /// To whom it goes.
    pub ship: Ship,
}

/// Where an order goes.
#[derive(Clone, Debug)]
pub struct Ship {
    /// To whom.
    pub name: Option<String>,
    /// Street and number.
    pub address: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// State or county.
    pub region: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Country.
    pub country: Option<String>,
}

/// A line of an order.
#[derive(Clone, Debug)]
pub struct Detail {
    /// The order.
    pub order: i64,
    /// The product.
    pub product: i64,
    /// Price of a unit when it was ordered, in cents.
    pub unit_price_minor: i64,
    /// How many units.
    pub quantity: i64,
    /// Discount, in basis points.
    pub discount_bp: i64,
}

macro_rules! table {
    ($row:ident, $file:literal, $key:ty, [$($column:ident),+ $(,)?], |$at:ident| $read:expr, |$self:ident| $get:expr) => {
        impl Table for $row {
            const FILE: &'static str = $file;
            const COLUMNS: &'static [&'static str] = &[$(stringify!($column)),+];
            type Key = $key;

            fn read($at: &mut Row<'_>) -> Self {
                $read
            }

            fn key(&$self) -> $key {
                $get
            }
        }
    };
}

table!(
    Region,
    "regions.csv",
    i64,
    [region_id, region_description],
    |at| Self { id: at.whole("region_id", 0, ID_MAX), name: at.text("region_description") },
    |self| self.id
);

table!(
    Territory,
    "territories.csv",
    String,
    [territory_id, territory_description, region_id],
    |at| Self {
        id: at.text("territory_id"),
        name: at.text("territory_description"),
        region: at.whole("region_id", 0, ID_MAX),
    },
    |self| self.id.clone()
);

table!(
    Employee,
    "employees.csv",
    i64,
    [
        employee_id,
        last_name,
        first_name,
        title,
        title_of_courtesy,
        birth_date,
        hire_date,
        address,
        city,
        region,
        postal_code,
        country,
        home_phone,
        extension,
        notes,
        reports_to,
    ],
    |at| Self {
        id: at.whole("employee_id", 0, ID_MAX),
        last_name: at.text("last_name"),
        first_name: at.text("first_name"),
        title: at.optional("title"),
        hired: at.optional_date("hire_date"),
        reports_to: at.optional_whole("reports_to", 0, ID_MAX),
    },
    |self| self.id
);

table!(
    Holder,
    "employee_territories.csv",
    String,
    [employee_id, territory_id],
    |at| Self { employee: at.whole("employee_id", 0, ID_MAX), territory: at.text("territory_id") },
    |self| format!("{}/{}", self.employee, self.territory)
);

table!(
    Customer,
    "customers.csv",
    String,
    [
        customer_id,
        company_name,
        contact_name,
        contact_title,
        address,
        city,
        region,
        postal_code,
        country,
        phone,
        fax,
    ],
    |at| Self {
        id: at.text("customer_id"),
        company: at.text("company_name"),
        contact: at.optional("contact_name").map(|name| (name, at.optional("contact_title"))),
        address: at.optional("address"),
        city: at.optional("city"),
        region: at.optional("region"),
        postal_code: at.optional("postal_code"),
        country: at.optional("country"),
        phone: at.optional("phone"),
        fax: at.optional("fax"),
    },
    |self| self.id.clone()
);

table!(
    Category,
    "categories.csv",
    i64,
    [category_id, category_name, description],
    |at| Self { id: at.whole("category_id", 0, ID_MAX), name: at.text("category_name") },
    |self| self.id
);

table!(
    Supplier,
    "suppliers.csv",
    i64,
    [
        supplier_id,
        company_name,
        contact_name,
        contact_title,
        address,
        city,
        region,
        postal_code,
        country,
        phone,
        fax,
        home_page,
    ],
    |at| Self { id: at.whole("supplier_id", 0, ID_MAX), name: at.text("company_name") },
    |self| self.id
);

table!(
    Product,
    "products.csv",
    i64,
    [
        product_id,
        product_name,
        supplier_id,
        category_id,
        quantity_per_unit,
        unit_price,
        units_in_stock,
        units_on_order,
        reorder_level,
        discontinued,
    ],
    |at| Self {
        id: at.whole("product_id", 0, ID_MAX),
        name: at.text("product_name"),
        supplier: at.optional_whole("supplier_id", 0, ID_MAX),
        category: at.optional_whole("category_id", 0, ID_MAX),
        unit: at.optional("quantity_per_unit"),
        unit_price_minor: at.decimal("unit_price", 2, 0, MINOR_MAX),
        in_stock: at.whole("units_in_stock", 0, ID_MAX),
        on_order: at.whole("units_on_order", 0, ID_MAX),
        reorder_level: at.whole("reorder_level", 0, ID_MAX),
        discontinued: at.flag("discontinued"),
    },
    |self| self.id
);

table!(
    Shipper,
    "shippers.csv",
    i64,
    [shipper_id, company_name, phone],
    |at| Self { id: at.whole("shipper_id", 0, ID_MAX), name: at.text("company_name") },
    |self| self.id
);

table!(
    Order,
    "orders.csv",
    i64,
    [
        order_id,
        customer_id,
        employee_id,
        order_date,
        required_date,
        shipped_date,
        ship_via,
        freight,
        ship_name,
        ship_address,
        ship_city,
        ship_region,
        ship_postal_code,
        ship_country,
    ],
    |at| Self {
        id: at.whole("order_id", 0, ID_MAX),
        customer: at.text("customer_id"),
        employee: at.whole("employee_id", 0, ID_MAX),
        ordered: at.date("order_date"),
        required: at.optional_date("required_date"),
        shipped: at.optional_date("shipped_date"),
        shipper: at.optional_whole("ship_via", 0, ID_MAX),
        freight_minor: at.decimal("freight", 2, 0, MINOR_MAX),
        ship: Ship {
            name: at.optional("ship_name"),
            address: at.optional("ship_address"),
            city: at.optional("ship_city"),
            region: at.optional("ship_region"),
            postal_code: at.optional("ship_postal_code"),
            country: at.optional("ship_country"),
        },
    },
    |self| self.id
);

table!(
    Detail,
    "order_details.csv",
    String,
    [order_id, product_id, unit_price, quantity, discount],
    |at| Self {
        order: at.whole("order_id", 0, ID_MAX),
        product: at.whole("product_id", 0, ID_MAX),
        unit_price_minor: at.decimal("unit_price", 2, 0, MINOR_MAX),
        quantity: at.whole("quantity", 1, 1_000_000),
        discount_bp: at.decimal("discount", 4, 0, 10_000),
    },
    |self| format!("{}/{}", self.order, self.product)
);
