//! Orders as they leave the house: what stands on them, the same in every format, and what people wrote as text alone.

use quick_xml::events::Event;
use roadbook_model::Value;
use roadbook_model::permission::Role;
use serde_json::{Value as Json, json};

use crate::customers::lines;
use crate::orders::{LINE, Shop, today};
use crate::support::{ask_as, fields, text, token};

/// An order of two of tea, with words that would be something else if they were not text.
async fn hostile(shop: &Shop) -> String {
    shop.publish(
        "taxes",
        json!({ "vat": { "name": "VAT", "class": "standard", "countries": ["*"], "rate_bp": 1_900 } }),
    )
    .await;
    let line = fields(&[
        ("sku", text("TEA")),
        ("description", text("=cmd|' /C calc'!A0")),
        ("quantity", Value::Int(2)),
        ("unit_price_minor", Value::Int(600)),
        ("priced_net_minor", Value::Int(1_200)),
        ("priced_as", text("2x600-0/0/0")),
    ]);
    shop.captured(&[
        ("state", text("draft")),
        ("currency", text("EUR")),
        ("order_date", text(&today())),
        ("reference", text("@SUM(1)\"&<x>")),
        ("notes", Value::Text("<script>alert(1)</script> &amp;".to_owned())),
        ("priced_tax_minor", Value::Int(228)),
        ("lines", Value::Map(fields(&[(LINE, Value::Map(line))]))),
    ])
    .await
}

/// Two of tea, 5% off by a promotion, and 10% of the order's.
fn discounted() -> roadbook_model::Fields {
    fields(&[
        ("sku", text("TEA")),
        ("quantity", Value::Int(2)),
        ("unit_price_minor", Value::Int(600)),
        ("priced_net_minor", Value::Int(1_026)),
        ("priced_as", text("2x600-0/1000/0")),
    ])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_leaves_the_house_with_all_that_it_says_and_nothing_of_it_is_markup() {
    let shop = Shop::new().await;
    let admin = token(&shop.server, Role::Admin).await;
    let settings = ask_as(&shop.server, &admin, "GET", "/v1/settings", &[], &Json::Null).await;
    let tag = settings.header("etag").to_owned();
    let seller = json!({ "seller_name": "North & Wind", "seller_address": "Weg 1\nSeattle", "order_terms": "Net 30." });
    let changed =
        ask_as(&shop.server, &admin, "PATCH", "/v1/settings", &[("if-match", tag.as_str())], &seller).await;
    assert_eq!((changed.status, &changed.json()["offline_days"]), (200, &settings.json()["offline_days"]));

    let order = hostile(&shop).await;
    let path = format!("/v1/orders/{order}");
    let quote = shop
        .captured(&[
            ("state", text("quote")),
            ("currency", text("EUR")),
            ("header_discount_bp", Value::Int(1_000)),
            ("lines", Value::Map(fields(&[(LINE, Value::Map(discounted()))]))),
        ])
        .await;
    let offered = shop.ask(&shop.rep, "GET", &format!("/v1/orders/{quote}"), Json::Null).await.json();
    let number = offered["number"].as_str().unwrap();
    assert!(number.starts_with("Q231114-"), "{number}");
    assert_eq!(offered["lines"][0]["other_discount_minor"], 1_200 - 1_140 + 114);
    let file = shop.ask(&shop.rep, "GET", &format!("/v1/orders/{quote}/pdf"), Json::Null).await;
    assert_eq!(file.header("content-disposition"), format!("attachment; filename=\"quote-{number}.pdf\""));
    let early = shop.ask(&shop.rep, "GET", &format!("{path}/ubl"), Json::Null).await;
    assert_eq!(early.outcome(), (422, "not_an_order".to_owned()), "it was not submitted yet");
    assert_eq!(shop.state(&shop.rep, &order, "submit").await, "submitted");
    let sheet = shop.ask(&shop.rep, "GET", &path, Json::Null).await.json();
    assert_eq!(sheet["seller"]["name"], "North & Wind");
    assert_eq!((&sheet["net_minor"], &sheet["gross_minor"]), (&json!(1_200), &json!(1_428)));
    assert_eq!(
        sheet["taxes"],
        json!([{ "name": "VAT", "rate_bp": 1_900, "base_minor": 1_200, "tax_minor": 228 }])
    );
    assert_eq!(sheet["lines"][0]["net_minor"], 1_200);
    assert_eq!(sheet["lines"][0]["other_discount_minor"], 0);
    let number = sheet["number"].as_str().unwrap().to_owned();

    let pdf = shop.ask(&shop.rep, "GET", &format!("{path}/pdf?language=de"), Json::Null).await;
    assert_eq!((pdf.status, pdf.header("content-type")), (200, "application/pdf"));
    assert_eq!(pdf.header("content-disposition"), format!("attachment; filename=\"order-{number}.pdf\""));
    assert_eq!(pdf.header("x-content-type-options"), "nosniff");
    assert!(pdf.body.starts_with(b"%PDF-"));
    let unknown = shop.ask(&shop.rep, "GET", &format!("{path}/pdf?language=fr"), Json::Null).await;
    assert_eq!(unknown.outcome(), (400, "malformed".to_owned()));

    let csv = shop.ask(&shop.rep, "GET", &format!("{path}/csv"), Json::Null).await;
    let table = String::from_utf8(csv.body).unwrap();
    assert!(table.contains("'=cmd|' /C calc'!A0") && table.contains("\"'@SUM(1)\"\"&<x>\""), "{table}");

    let ubl = shop.ask(&shop.rep, "GET", &format!("{path}/ubl"), Json::Null).await;
    let xml = String::from_utf8(ubl.body).unwrap();
    let mut reader = quick_xml::Reader::from_str(&xml);
    while !matches!(reader.read_event().unwrap(), Event::Eof) {}
    for said in [
        "<cbc:Note>&lt;script&gt;alert(1)&lt;/script&gt; &amp;amp;</cbc:Note>",
        "<cbc:PayableAmount currencyID=\"EUR\">14.28</cbc:PayableAmount>",
        "<cbc:TaxableAmount currencyID=\"EUR\">12.00</cbc:TaxableAmount>",
        "<cbc:Name>North &amp; Wind</cbc:Name>",
        "<cbc:Line>Seattle</cbc:Line>",
        "<cbc:Quantity unitCode=\"C62\">2</cbc:Quantity>",
    ] {
        assert!(xml.contains(said), "{said} in {xml}");
    }
    // What nobody is to deliver goes to no other system.
    for (verb, why, state) in [("reject", "Sold out.", "rejected"), ("reopen", "", "draft")] {
        let why = Some(why).filter(|why| !why.is_empty());
        assert_eq!(shop.decide(&shop.office, &order, verb, why).await.json()["state"], state);
        let ubl = shop.ask(&shop.rep, "GET", &format!("{path}/ubl"), Json::Null).await;
        assert_eq!(ubl.outcome(), (422, "not_an_order".to_owned()), "{state}");
    }
    assert_eq!(shop.state(&shop.rep, &order, "submit").await, "submitted");
    assert_eq!(shop.state(&shop.rep, &order, "cancel").await, "cancelled");
    let ubl = shop.ask(&shop.rep, "GET", &format!("{path}/ubl"), Json::Null).await;
    assert_eq!(ubl.outcome(), (422, "not_an_order".to_owned()));
    shop.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_orders_of_some_days_are_one_file_with_a_row_for_each_line() {
    let shop = Shop::new().await;
    let (first, second) = (shop.order(600, 0).await, shop.order(600, 0).await);
    shop.state(&shop.rep, &first, "submit").await;
    let path = |query: &str| format!("/v1/exports/orders?from=1998-01-01&to=9999-12-31{query}");
    let file = async |query: &str| {
        let answer = shop.ask(&shop.office, "GET", &path(query), Json::Null).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "text/csv; charset=utf-8"));
        lines(&answer.body)
    };
    let all = file("").await;
    assert_eq!(all.len(), 3, "the names of the columns and two lines: {all:?}");
    assert_eq!(all[0][..3], ["order", "kind", "state"]);
    let number = shop.record(&first).await["decision"]["number"].as_str().unwrap().to_owned();
    let submitted = file("&state=submitted").await;
    assert_eq!(
        submitted[1..].iter().map(|row| &row[..3]).collect::<Vec<_>>(),
        [[&number, "order", "submitted"]]
    );
    let one = shop.ask(&shop.office, "GET", &format!("/v1/orders/{second}/csv"), Json::Null).await;
    let one = csv::Reader::from_reader(one.body.as_slice()).records().next().unwrap().unwrap();
    assert!(all.contains(&one.iter().map(str::to_owned).collect()), "as in the file of one order");
    assert_eq!(file("&state=accepted").await.len(), 1);
    for wrong in ["from=2026-02-02&to=2026-02-01", "from=0001-01-01&to=2026-01-01", "to=tomorrow"] {
        let refused = shop.ask(&shop.office, "GET", &format!("/v1/exports/orders?{wrong}"), Json::Null).await;
        assert_eq!(refused.outcome(), (400, "malformed".to_owned()), "{wrong}");
    }
    shop.end().await;
}
