//! Files of consents and of reference data: what each row comes to, that nothing is lost or changed by the way, and what is
//! refused.

use roadbook_model::Kind;
use roadbook_model::brief::Day;
use roadbook_model::pricing::reference::{PRICE_LISTS, PRICES, PRODUCTS, TAXES, WHOLE_SET_MAX};
use roadbook_server::exchange::{Format, RowsOf, csv};
use roadbook_server::store::office::exports::consents::{COLUMNS, Consents};
use serde_json::json;
use uuid::Uuid;

use crate::imports::{Office, counts};
use crate::support::entries;

/// Two accounts with contacts; two of them have one address.
async fn people() -> Office {
    let office = Office::new().await;
    let accounts = "external_id,name,territory\nA-1,Ernst Handel,north\nA-2,Corner Shop,north\n";
    assert_eq!(counts(&office.imported(Kind::ACCOUNT, Format::Csv, accounts.as_bytes()).await), (2, 0, 0, 0));
    let contacts = "external_id,account,name,email,channels\n\
        C-1,A-1,Ann,ann@example.org,\n\
        C-2,A-1,Bob,,email: Bob@Example.org (home)\n\
        C-3,A-2,Cy,ann@example.org,\n\
        C-4,A-2,Di,di@example.org,\n\
        C-5,A-2,Ed,di@example.org,\n";
    let done = office.imported(Kind::CONTACT, Format::Csv, contacts.as_bytes()).await;
    assert_eq!(counts(&done), (5, 0, 0, 0), "{:?}", office.rows(done.id).await);
    office
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consents_are_entered_at_their_contacts_and_none_is_changed_or_entered_twice() {
    let office = people().await;
    let file = "Nummer;Kunde;E-Mail;Kanal;Zweck;Einwilligung;Datum;Nachweis\n\
        C-1;;;email;marketing;given;2026-01-31;Form 7\n\
        ;A-1;ANN@example.org;post;service;given;2026-02-01T09:30:00Z;Form 8\n\
        ;a-1;bob@example.org;email;marketing;given;2026-02-01 09:30;Card\n\
        ;A-2;ann@example.org;email;marketing;withdrawn;2026-03-01;\n\
        ;A-2;di@example.org;email;marketing;given;2026-03-01;Form 9\n\
        C-1;A-2;;email;marketing;given;2026-03-01;Form 9\n\
        ;;ann@example.org;email;marketing;given;2026-03-01;Form 9\n\
        C-9;;;email;marketing;given;2026-03-01;Form 9\n\
        C-4;;;email;marketing;given;2026-03-01;\n\
        C-4;;;email;marketing;given;9999-01-01;Form 9\n\
        C-1;;;email;marketing;given;2026-01-31;Form 7\n\
        C-1;;;email;marketing;withdrawn;2026-05-01;\n";
    let before = entries(&office.store).await;
    let checked = office.checked(RowsOf::Consents, Format::Csv, file.as_bytes()).await;
    let codes = [
        "added",
        "added",
        "added",
        "added",
        "contact_ambiguous",
        "other_account",
        "contact_missing",
        "unknown_contact",
        "proof_missing",
        "wrong_value",
        "twice_in_file",
        "added",
    ];
    assert_eq!(office.codes(checked.id).await, codes);
    assert_eq!(entries(&office.store).await, before, "a check writes nothing");
    let done = office.run(checked.id).await;
    assert_eq!((done.state.as_str(), counts(&done)), ("done", (5, 0, 0, 7)));
    assert_eq!(office.codes(checked.id).await, codes);
    let said =
        "select jsonb_agg(jsonb_build_array(contacts.name, channel, decision, consent.source, consent.proof)
                    order by consent.at, contacts.name)
                from record.contact_consents consent join record.contacts on contacts.id = contact_id";
    let expected = json!([
        ["Ann", "email", "given", "other", "Form 7"],
        ["Ann", "post", "given", "other", "Form 8"],
        ["Bob", "email", "given", "other", "Card"],
        ["Cy", "email", "withdrawn", "other", null],
        ["Ann", "email", "withdrawn", "other", null],
    ]);
    assert_eq!(office.value(said).await, expected);
    // The same file again enters none of them anew.
    let again = office.checked(RowsOf::Consents, Format::Csv, file.as_bytes()).await;
    assert_eq!(counts(&again), (0, 0, 5, 7));
    assert_eq!(office.value(said).await, expected);
    assert_eq!(office.store.verify().await.unwrap().problems, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consents_that_were_exported_are_imported_again_without_a_change() {
    let office = people().await;
    let file =
        "external_id,channel,purpose,decision,at,source,proof\nC-1,sms,service,given,2026-01-31,form,=F7\n";
    assert_eq!(counts(&office.imported(RowsOf::Consents, Format::Csv, file.as_bytes()).await), (1, 0, 0, 0));
    let day = Day::parse("2027-01-01").unwrap();
    let which = Consents { account: None, day: day.date(), end_ms: day.start_ms() + 86_400_000 };
    let rows = office.store.export_consents(&which, (Uuid::nil(), Uuid::nil())).await.unwrap();
    let mut exported = csv::write([&COLUMNS]);
    exported.extend(csv::write(rows.iter().map(|row| &row.cells)));
    let checked = office.checked(RowsOf::Consents, Format::Csv, &exported).await;
    assert_eq!(counts(&checked), (0, 0, 1, 0), "{:?}", office.rows(checked.id).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_products_come_from_a_file_and_a_changed_price_is_told_before_it_is_published() {
    let office = Office::new().await;
    let mut file = "Artikelnummer;Bezeichnung;Preis;Waehrung;Bestand\n".to_owned();
    for n in 0..10_000 {
        file.push_str(&format!("S-{n};Product {n};{},99;EUR;{n}\n", n % 90 + 1));
    }
    file.push_str(
        "S-5;Twice;1;EUR;1\nS-10000;No currency;1;;1\nS-10001;Unclear;1.200;EUR;1\n;Nameless;1;EUR;1\n",
    );
    let products = RowsOf::Values(PRODUCTS);
    let before = entries(&office.store).await;
    let checked = office.checked(products, Format::Csv, file.as_bytes()).await;
    assert_eq!((checked.state.as_str(), counts(&checked)), ("checked", (10_000, 0, 0, 4)));
    assert_eq!(entries(&office.store).await, before, "a check publishes nothing");
    let done = office.run(checked.id).await;
    assert_eq!((done.state.as_str(), counts(&done)), ("done", (10_000, 0, 0, 4)));
    let failed = office.store.list_import_rows(done.id, Some("failed"), 0, 10).await.unwrap();
    let why: Vec<_> =
        failed.iter().map(|row| (row.code.as_deref().unwrap(), row.column.as_deref())).collect();
    let expected = [
        ("twice_in_file", None),
        ("currency_missing", Some("Preis")),
        ("wrong_value", Some("Preis")),
        ("required", Some("Artikelnummer")),
    ];
    assert_eq!(why, expected);
    let many = "select to_jsonb(count(*)) from sync.reference where set = 'products'";
    assert_eq!(office.value(many).await, 10_000);
    let one = "select json from sync.reference where set = 'products' and key = 'S-7'";
    let said =
        json!({ "name": "Product 7", "unit_price_minor": 899, "currency": "EUR", "units_in_stock": 7 });
    assert_eq!(office.value(one).await, said);
    // What a later file does not say stays, and amounts are in the currency that stands.
    let later = "sku,unit_price\nS-7,9.49\nS-8,9.99\nS-20000,5\n";
    let checked = office.checked(products, Format::Csv, later.as_bytes()).await;
    assert_eq!(office.codes(checked.id).await, ["changed", "unchanged", "currency_missing"]);
    office.run(checked.id).await;
    let said =
        json!({ "name": "Product 7", "unit_price_minor": 949, "currency": "EUR", "units_in_stock": 7 });
    assert_eq!(office.value(one).await, said);
    // Devices get it: entries as large as one stores at once.
    let published = "select to_jsonb(count(*)) from log.entry where type = 'reference' and position > 0";
    assert!(office.value(published).await.as_i64().unwrap() >= 20);
    assert_eq!(office.store.verify().await.unwrap().problems, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_set_would_not_take_by_hand_it_does_not_take_from_a_file() {
    let office = Office::new().await;
    let lists = "key,name,currency,segments\nA,Best,EUR,A; B\nK,Kuwait,KWD,\nx/y,Slash,EUR,\n";
    let done = office.imported(RowsOf::Values(PRICE_LISTS), Format::Csv, lists.as_bytes()).await;
    assert_eq!(office.codes(done.id).await, ["added", "added", "bad_key"]);
    let prices = "list,sku,unit_price,breaks\n\
        A,S-1,7.50,10: 7; 50: 6.50\nK,S-1,1.200,\nZ,S-1,1,\nA,S-2,5,10: 6\nA,S-1,8,\n";
    let done = office.imported(RowsOf::Values(PRICES), Format::Csv, prices.as_bytes()).await;
    assert_eq!(
        office.codes(done.id).await,
        ["added", "added", "unknown_list", "break_rises", "twice_in_file"]
    );
    let price = "select json from sync.reference where set = 'prices' and key = 'K/S-1'";
    assert_eq!(office.value(price).await, json!({ "unit_price_minor": 1_200 }), "KWD has three decimals");
    // Of two rates of one place one is taken: each with the set as it stands by then.
    let taxes = "key,name,class,countries,rate_percent\n\
        de,VAT,standard,DE,19\nde-2,VAT again,standard,DE,7%\nat,VAT,standard,AT,20\nfr,VAT,standard,FR,lots\n";
    let done = office.imported(RowsOf::Values(TAXES), Format::Csv, taxes.as_bytes()).await;
    assert_eq!(office.codes(done.id).await, ["added", "overlap", "added", "wrong_value"]);
    let mut many = "key,name,currency\n".to_owned();
    for n in 0..=WHOLE_SET_MAX {
        many.push_str(&format!("L{n},List {n},EUR\n"));
    }
    let checked = office.checked(RowsOf::Values(PRICE_LISTS), Format::Csv, many.as_bytes()).await;
    let done = office.run(checked.id).await;
    let (added, _, _, failed) = counts(&done);
    assert_eq!((added, failed), (WHOLE_SET_MAX as u64 - 2, 3), "a device reads it whole");
    let too_many = office.store.list_import_rows(done.id, Some("failed"), 0, 9).await.unwrap();
    assert!(too_many.iter().all(|row| row.code.as_deref() == Some("too_many")));
    assert_eq!(office.store.verify().await.unwrap().problems, []);
}
