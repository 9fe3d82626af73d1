//! `roadbook import northwind` against real Postgres: figures, twice, malformed files.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use roadbook_tests::{Answer, Database, Scratch, Server, roadbook};
use serde_json::json;

fn import(database: &Database, from: &str) -> Answer {
    roadbook(["--json", "import", "northwind", from, "--database-url", &database.url()])
}

/// The files that come with Roadbook, to be spoilt.
fn files(scratch: &Scratch) -> std::path::PathBuf {
    let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/roadbook/data/northwind");
    let folder = scratch.path("northwind");
    fs::create_dir_all(&folder).unwrap();
    for file in fs::read_dir(bundled).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
    folder
}

#[test]
fn the_record_has_the_published_figures_to_the_cent() {
    let database = Database::new();
    let report = import(&database, "--bundled").json();
    assert_eq!(
        report["added"],
        json!({"people": 10, "territories": 57, "holders": 49, "products": 77, "price_rules": 179, "records": 1012})
    );
    let figures = "
        select (select count(*) from record.accounts) as accounts,
               (select count(*) from record.contacts) as contacts,
               (select count(*) from record.orders where state = 'accepted') as orders,
               (select count(*) from record.order_lines) as lines,
               (select count(*) from record.reference where set = 'products') as products,
               (select round(sum(line_exact), 2)::text from record.order_lines) as revenue,
               (select sum(total)::text from record.order_lines) as by_line,
               (select sum(total_minor - freight_minor)::text from record.orders) as by_order,
               (select count(*) from record.order_lines where line_exact <> total) as fractions";
    let expected = json!({
        "accounts": 91, "contacts": 91, "orders": 830, "lines": 2155, "products": 77,
        "revenue": "1265793.04", "by_line": "1265793.29", "by_order": "126579329", "fractions": 81,
    });
    assert_eq!(database.rows(figures), [expected]);
    assert_eq!(report["revenue_rounded_once_minor"], 126_579_304);
    assert_eq!(report["revenue_rounded_by_line_minor"], 126_579_329);
    let of_one = "select number, order_date, total::text, people.name, effective_at::date::text as effective
                  from record.orders join record.people on people.id = rep_id where number = '10248'";
    let expected = json!({"number": "10248", "order_date": "1996-07-04", "total": "472.38", "name": "Steven Buchanan", "effective": "1996-07-04"});
    assert_eq!(database.rows(of_one), [expected]);
    let verified = roadbook(["--json", "verify", "--database-url", &database.url()]).json();
    assert_eq!(verified["sound"], true);
}

#[test]
fn importing_twice_changes_nothing_and_new_orders_get_new_numbers() {
    let database = Database::new();
    import(&database, "--bundled").ok();
    let state = "select (select max(position) from log.entry) as head, (select count(*) from org.person) as people,
                        (select md5(string_agg(accounts::text, '' order by id)) from record.accounts) as accounts,
                        (select md5(string_agg(orders::text, '' order by id)) from record.orders) as orders,
                        (select next_order from org.setting) as next_order";
    let before = database.rows(state);
    let report = import(&database, "--bundled").json();
    assert_eq!(
        report["added"],
        json!({"people": 0, "territories": 0, "holders": 0, "products": 0, "price_rules": 0, "records": 0})
    );
    assert_eq!(database.rows(state), before);
    assert_eq!(before[0]["next_order"], 11_078, "after the highest imported number");
}

#[test]
fn what_was_changed_since_is_left_alone_by_a_second_import() {
    let database = Database::new();
    import(&database, "--bundled").ok();
    let url = database.url();
    let to_anne = ["--to", "03049", "--database-url", &url];
    let scratch = Scratch::new();
    let server = Server::start_with(&scratch, &["--database-url", &url]);
    server.tool(&[&["admin", "move", "--account", "ALFKI"], &to_anne[..]].concat()).ok();
    server.stop();
    let place = "select territories.code from record.accounts join record.territories on territories.id = territory_id
                 where external_id = 'ALFKI'";
    assert_eq!(database.value(place), "03049");
    import(&database, "--bundled").ok();
    assert_eq!(database.value(place), "03049");
}

#[test]
fn a_malformed_file_is_told_by_place_and_nothing_is_imported() {
    let (database, scratch) = (Database::new(), Scratch::new());
    let folder = files(&scratch);
    let spoil = |file: &str, old: &[u8], new: &[u8]| {
        let path = folder.join(file);
        let bytes = fs::read(&path).unwrap();
        let at = bytes.windows(old.len()).position(|window| window == old).unwrap();
        let spoilt = [&bytes[..at], new, &bytes[at + old.len()..]].concat();
        fs::write(path, spoilt).unwrap();
    };
    spoil("orders.csv", b"32.38", b"32.3x");
    spoil("customers.csv", b"customer_id,", b"CustomerID,");
    spoil("products.csv", b"Chang,", b"Ch\xe4ng,");
    spoil("order_details.csv", b"10249,14,", b"10249,14,14,");
    let error = import(&database, &folder.display().to_string()).error();
    assert_eq!((&error["code"], &error["count"]), (&json!("bad_files"), &json!(4)));
    let places: Vec<String> = error["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| {
            format!(
                "{}:{} {} {}",
                fault["file"].as_str().unwrap(),
                fault["line"],
                fault["column"].as_str().unwrap(),
                fault["code"].as_str().unwrap()
            )
        })
        .collect();
    let expected = [
        "customers.csv:1 customer_id wrong_header",
        "products.csv:3 product_name bad_encoding",
        "orders.csv:2 freight bad_number",
        "order_details.csv:5  wrong_columns",
    ];
    assert_eq!(places, expected);
    let words =
        roadbook(["import", "northwind", &folder.display().to_string(), "--database-url", &database.url()]);
    assert_eq!(words.code, 1);
    assert!(
        words.err.contains("error[bad_files]: 4 faults in the files; nothing was imported"),
        "{}",
        words.err
    );
    assert!(words.err.contains("orders.csv:2: freight: \"32.3x\" is not a number"), "{}", words.err);
    assert_eq!(
        database.value("select count(*) from information_schema.tables where table_schema = 'record'"),
        0
    );
}

#[test]
fn nothing_is_half_imported_when_the_database_says_no() {
    let database = Database::new();
    let url = database.url();
    roadbook(["import", "northwind", "--bundled", "--database-url", &url, "--dry-run"]).ok();
    // Somebody with Nancy's address is here already, under another id.
    let clash = [
        "user",
        "add",
        "nancy.davolio@northwind.example",
        "--name",
        "Somebody",
        "--role",
        "rep",
        "--database-url",
        &url,
    ];
    roadbook(clash).ok();
    assert_eq!(import(&database, "--bundled").error_code(), "impossible");
    let left = "select (select count(*) from org.person) as people, (select count(*) from org.territory) as territories,
                       (select count(*) from log.entry) as entries";
    // The one entry is the name of the person who was added before, published for devices.
    assert_eq!(database.rows(left), [json!({"people": 1, "territories": 0, "entries": 1})]);
}
