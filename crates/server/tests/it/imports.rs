//! Files in and out: what each row comes to, hostile files, stops in the middle, and round trips.

use roadbook_model::permission::Role;
use roadbook_model::{Kind, RecordId};
use roadbook_server::exchange::{Format, RowsOf, csv, geojson, target, vcard};
use roadbook_server::store::Store;
use roadbook_server::store::office::OfficeError;
use roadbook_server::store::office::audit::By;
use roadbook_server::store::office::exports::Exported;
use roadbook_server::store::office::imports::{Import, NewImport, RowBody};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::support::{Beat, Database, TestServer, admin, ask_as, entries, id_bytes, token};

/// An office with one beat, and the imports that it orders.
pub struct Office {
    database: Database,
    pub store: Store,
    _background: roadbook_server::store::open::Background,
    north: Beat,
    by: By,
}

impl Office {
    pub async fn new() -> Self {
        let database = Database::new().await;
        let (store, background) = database.open().await;
        let north = Beat::new(&store, "north").await;
        let by = admin(&store).await;
        Self { database, store, _background: background, north, by }
    }

    /// Uploads a file and checks it.
    pub async fn checked(&self, kind: impl Into<RowsOf>, format: Format, bytes: &[u8]) -> Import {
        let id = RecordId::new(1_800_000_000_000, id_bytes()).uuid();
        let new = NewImport { kind: kind.into(), format, file_name: "a file".to_owned() };
        self.store.add_import(&self.by, id, &new).await.unwrap();
        for (place, part) in bytes.chunks(1024 * 1024).enumerate() {
            self.store.put_import_part(id, u32::try_from(place).unwrap(), part).await.unwrap();
        }
        self.store.check_import(id, None, None).await.unwrap();
        self.worked(id).await
    }

    async fn worked(&self, id: Uuid) -> Import {
        while self.store.work_import().await.unwrap() {}
        self.store.lookup_import(id).await.unwrap().unwrap()
    }

    pub async fn run(&self, id: Uuid) -> Import {
        self.store.run_import(&self.by, id).await.unwrap();
        self.worked(id).await
    }

    /// The same from the upload to the end.
    pub async fn imported(&self, kind: impl Into<RowsOf>, format: Format, bytes: &[u8]) -> Import {
        let checked = self.checked(kind, format, bytes).await;
        self.run(checked.id).await
    }

    pub async fn rows(&self, id: Uuid) -> Vec<RowBody> {
        self.store.list_import_rows(id, None, 0, 1_000).await.unwrap()
    }

    /// The codes of the rows, in the file's order.
    pub async fn codes(&self, id: Uuid) -> Vec<String> {
        let rows = self.rows(id).await;
        rows.into_iter().map(|row| row.code.or(row.outcome).unwrap_or_default()).collect()
    }

    pub async fn value(&self, sql: &'static str) -> Json {
        sqlx::query_scalar(sql).fetch_one(self.store.pool()).await.unwrap()
    }

    async fn exported(&self, kind: Kind, format: Format) -> Vec<Exported> {
        self.store.export_page(kind, format, Uuid::nil()).await.unwrap()
    }

    async fn csv(&self, kind: Kind) -> Vec<u8> {
        let head = target::exported(kind);
        let mut file = csv::write([&head]);
        file.extend(csv::write(self.exported(kind, Format::Csv).await.iter().map(|record| &record.cells)));
        file
    }
}

pub fn counts(import: &Import) -> (u64, u64, u64, u64) {
    let counts = import.counts;
    (counts.added, counts.changed, counts.unchanged, counts.failed)
}

const FILE: &str = "Kundennummer;Firma;PLZ;Ort;Gebiet;Kreditlimit;Umsatz\n\
    A-1;Ernst Handel;8010;Graz;north;;7\n\
    A-2;\"Meier; und Co\";10115;Berlin;NORTH;;x\n\
    a-1 ;Twice;;;north;;\n\
    A-4;;1;;north;;\n\
    A-5;Nowhere;1;;south;;\n\
    A-6;Too;few\n\
    ;No number;1;;north;;\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_row_is_previewed_then_carried_out_and_one_that_fails_stops_no_other() {
    let office = Office::new().await;
    let before = entries(&office.store).await;
    let checked = office.checked(Kind::ACCOUNT, Format::Csv, FILE.as_bytes()).await;
    assert_eq!((checked.state.as_str(), checked.rows, counts(&checked)), ("checked", 7, (3, 0, 0, 4)));
    let fields: Vec<Option<&str>> = checked.columns.iter().map(|column| column.field.as_deref()).collect();
    let expected =
        [Some("external_id"), Some("name"), Some("postal_code"), Some("city"), Some("territory"), None, None];
    assert_eq!(fields, expected);
    assert_eq!(checked.columns[1].samples, ["Ernst Handel", "Meier; und Co", "Twice"]);
    assert_eq!(entries(&office.store).await, before, "a check writes nothing");
    let codes = ["added", "added", "twice_in_file", "required", "unknown_territory", "wrong_cells", "added"];
    assert_eq!(office.codes(checked.id).await, codes);
    let done = office.run(checked.id).await;
    assert_eq!((done.state.as_str(), counts(&done), done.rows_passed), ("done", (3, 0, 0, 4), 7));
    assert_eq!(done.preview.map(|preview| preview.added), Some(3));
    assert_eq!(office.codes(checked.id).await, codes);
    let names = "select jsonb_agg(name order by name) from record.accounts";
    assert_eq!(office.value(names).await, json!(["Ernst Handel", "Meier; und Co", "No number"]));
    // They are delivered: each has an entry on the channel of its territory.
    let on_channel = "select to_jsonb(count(*)) from log.entry join org.territory on channel = territory.id
                      where code = 'north' and type = 'changes'";
    assert_eq!(office.value(on_channel).await, 3);
    let again = office.store.run_import(&office.by, checked.id).await;
    assert!(again.is_ok(), "asked twice it is done once");
    assert_eq!(office.store.verify().await.unwrap().problems, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_may_stand_before_those_that_they_name_and_a_circle_is_told() {
    let office = Office::new().await;
    let mut file = "external_id,name,territory,parent\n".to_owned();
    for row in 0..250 {
        file.push_str(&format!("O{row},Outlet {row},north,HUB\n"));
    }
    file.push_str("HUB,Hub,north,TOP\nTOP,Top,north,\nA,A,north,B\nB,B,north,A\n");
    let checked = office.checked(Kind::ACCOUNT, Format::Csv, file.as_bytes()).await;
    assert_eq!(counts(&checked), (252, 0, 0, 2), "the check tells of the circle");
    let codes = office.codes(checked.id).await;
    assert_eq!(codes[252..], ["account_later", "account_later"].map(str::to_owned));
    let done = office.run(checked.id).await;
    assert_eq!((done.state.as_str(), counts(&done)), ("done", (252, 0, 0, 2)));
    assert_eq!(office.codes(checked.id).await, codes);
    let outlets = "select to_jsonb(count(*)) from record.accounts join record.accounts hub on hub.id = accounts.parent_id
                   where hub.name = 'Hub'";
    assert_eq!(office.value(outlets).await, 250);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn known_accounts_are_not_brought_into_a_circle() {
    let office = Office::new().await;
    let first = "external_id,name,territory\nA,A,north\nB,B,north\nC,C,north\n";
    assert_eq!(counts(&office.imported(Kind::ACCOUNT, Format::Csv, first.as_bytes()).await), (3, 0, 0, 0));
    let second = "external_id,parent\nA,B\nB,C\nC,A\n";
    let checked = office.checked(Kind::ACCOUNT, Format::Csv, second.as_bytes()).await;
    assert_eq!(counts(&checked), (0, 2, 0, 1));
    let codes = office.codes(checked.id).await;
    assert_eq!(codes[2], "parent_cycle", "the rows before it stand");
    let done = office.run(checked.id).await;
    assert_eq!(counts(&done), (0, 2, 0, 1));
    assert_eq!(office.codes(done.id).await, codes);
    assert_eq!(office.store.verify().await.unwrap().problems, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_check_of_a_file_tells_of_each_circle_what_the_run_finds() {
    let office = Office::new().await;
    let first = "external_id,name,territory,parent\nA,A,north,\nB,B,north,A\nC,C,north,B\n";
    assert_eq!(counts(&office.imported(Kind::ACCOUNT, Format::Csv, first.as_bytes()).await), (3, 0, 0, 0));
    // A comes below C, through accounts that the file makes; one of them names an account that is not made, and what names that
    // one falls with it. Below no one, A would be free again.
    let second = "external_id,name,territory,parent\n\
        A,A,north,N2\nN1,N1,north,C\nN2,N2,north,N1\nN3,N3,north,N4\nN4,N4,north,N5\nN5,N5,nowhere,\nN6,N6,north,A\n";
    let checked = office.checked(Kind::ACCOUNT, Format::Csv, second.as_bytes()).await;
    let codes = office.codes(checked.id).await;
    let expected = [
        "parent_cycle",
        "added",
        "added",
        "unknown_account",
        "unknown_account",
        "unknown_territory",
        "added",
    ];
    assert_eq!(codes, expected);
    assert_eq!(counts(&checked), (3, 0, 0, 4));
    let done = office.run(checked.id).await;
    assert_eq!((office.codes(done.id).await, counts(&done)), (codes, counts(&checked)));
    // A row that was to come below an account which the file makes is told as a change, once it may be.
    let third = "external_id,name,territory,parent\nC,C,north,N7\nN7,N7,north,B\n";
    let checked = office.checked(Kind::ACCOUNT, Format::Csv, third.as_bytes()).await;
    assert_eq!(
        (office.codes(checked.id).await, counts(&checked)),
        (vec!["changed".into(), "added".into()], (1, 1, 0, 0))
    );
    assert_eq!(counts(&office.run(checked.id).await), (1, 1, 0, 0));
    assert_eq!(office.store.verify().await.unwrap().problems, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_known_number_changes_the_record_whatever_its_case_and_blanks() {
    let office = Office::new().await;
    let first =
        "external_id,name,city,territory,tags\nAlfki 1,Alfreds,Berlin,north,a;b\nBONAP,Bon,Paris,north,\n";
    assert_eq!(counts(&office.imported(Kind::ACCOUNT, Format::Csv, first.as_bytes()).await), (2, 0, 0, 0));
    let second = "external_id,name,city,tags,parent\n  ALFKI   1,Alfreds,München,B;c,\nbonap,Bon,,,alfki 1\n";
    let done = office.imported(Kind::ACCOUNT, Format::Csv, second.as_bytes()).await;
    assert_eq!(counts(&done), (0, 2, 0, 0), "{:?}", office.rows(done.id).await);
    let now = office
        .value(
            "select jsonb_agg(jsonb_build_array(accounts.external_id, accounts.city, parent.name,
                 (select string_agg(tag, ',' order by tag) from record.account_tags where account_id = accounts.id))
                 order by accounts.name)
             from record.accounts left join record.accounts parent on parent.id = accounts.parent_id",
        )
        .await;
    assert_eq!(
        now,
        json!([["Alfki 1", "München", null, "a,b,c"], ["BONAP", "Paris", "Alfreds", null]]),
        "an empty cell says nothing"
    );
    assert_eq!(counts(&office.imported(Kind::ACCOUNT, Format::Csv, second.as_bytes()).await), (0, 0, 2, 0));
    // Two that differ in case alone are there from before: neither is guessed.
    let clash = office.north.account(&office.store, "Clash").await;
    sqlx::query("update record.accounts set external_id = 'alfki 1' where id = $1")
        .bind(clash.uuid())
        .execute(office.store.pool())
        .await
        .unwrap();
    let checked = office.checked(Kind::ACCOUNT, Format::Csv, second.as_bytes()).await;
    assert_eq!(office.codes(checked.id).await, ["external_id_ambiguous", "account_ambiguous"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn columns_can_be_given_another_meaning_and_blanks_can_clear() {
    let office = Office::new().await;
    let file = "number,title,home,t\n7,Shop,Bern,north\n";
    let checked = office.checked(Kind::ACCOUNT, Format::Csv, file.as_bytes()).await;
    assert_eq!(office.codes(checked.id).await, ["required"]);
    let fields = ["external_id", "name", "city", "territory"].map(|field| Some(field.to_owned()));
    office.store.check_import(checked.id, Some(&fields), None).await.unwrap();
    let checked = office.worked(checked.id).await;
    assert_eq!(counts(&checked), (1, 0, 0, 0));
    let refused = |done: Result<(), OfficeError>| match done {
        Err(OfficeError::Invalid { code, .. } | OfficeError::Conflict { code, .. }) => code,
        other => panic!("{other:?}"),
    };
    let twice = ["name", "name", "city", "territory"].map(|field| Some(field.to_owned()));
    for (fields, code) in [
        (&twice[..], "field_twice"),
        (&twice[..2], "other_columns"),
        (&[Some("x".to_owned()), None, None, None][..], "unknown_field"),
    ] {
        assert_eq!(refused(office.store.check_import(checked.id, Some(fields), None).await), code);
    }
    office.run(checked.id).await;
    assert_eq!(refused(office.store.check_import(checked.id, None, None).await), "import_state");
    let clear = office.checked(Kind::ACCOUNT, Format::Csv, b"external_id,city\n7,\n").await;
    assert_eq!(counts(&clear), (0, 0, 1, 0));
    office.store.check_import(clear.id, None, Some(true)).await.unwrap();
    assert_eq!(counts(&office.worked(clear.id).await), (0, 1, 0, 0));
    office.run(clear.id).await;
    assert_eq!(
        office.value("select coalesce(to_jsonb(city), 'null') from record.accounts").await,
        Json::Null
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_was_stopped_goes_on_where_it_was_and_makes_nothing_twice() {
    let office = Office::new().await;
    let rows: String = (0..450).map(|n| format!("N{n},Shop {n},north\n")).collect();
    let file = format!("external_id,name,territory\n{rows}");
    let checked = office.checked(Kind::ACCOUNT, Format::Csv, file.as_bytes()).await;
    office.store.run_import(&office.by, checked.id).await.unwrap();
    assert!(office.store.work_import().await.unwrap());
    let part = office.store.lookup_import(checked.id).await.unwrap().unwrap();
    assert_eq!((part.state.as_str(), part.rows_passed, counts(&part)), ("running", 200, (200, 0, 0, 0)));
    // Another process on the same database.
    let (other, _other_background) = office.database.open().await;
    while other.work_import().await.unwrap() {}
    let done = office.store.lookup_import(checked.id).await.unwrap().unwrap();
    assert_eq!((done.state.as_str(), counts(&done)), ("done", (450, 0, 0, 0)));
    assert_eq!(office.value("select to_jsonb(count(*)) from record.accounts").await, 450);
    // One that is cancelled keeps what it wrote.
    let file = file.replace("Shop", "Store");
    let checked = office.checked(Kind::ACCOUNT, Format::Csv, file.as_bytes()).await;
    office.store.run_import(&office.by, checked.id).await.unwrap();
    office.store.work_import().await.unwrap();
    office.store.cancel_import(&office.by, checked.id).await.unwrap();
    let cancelled = office.worked(checked.id).await;
    assert_eq!((cancelled.state.as_str(), counts(&cancelled)), ("cancelled", (0, 200, 0, 0)));
    assert_eq!(office.store.verify().await.unwrap().problems, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_thousand_rows_with_errors_are_contained() {
    let office = Office::new().await;
    let mut file = "external_id,name,account_type,territory\n".to_owned();
    for n in 0..200_000 {
        let row = match n % 1_000 {
            0 => format!("G{n},Good {n},customer,north\n"),
            1 => format!("B{n},Bad {n}\n"),
            2 => format!("B{n},\"=cmd|' /C calc'!A0\",client,north\n"),
            _ => format!("B{n},Bad {n},client,north\n"),
        };
        file.push_str(&row);
    }
    let done = office.imported(Kind::ACCOUNT, Format::Csv, file.as_bytes()).await;
    assert_eq!((done.state.as_str(), done.rows, counts(&done)), ("done", 200_000, (200, 0, 0, 199_800)));
    let failed = office.store.list_import_rows(done.id, Some("failed"), 0, 2).await.unwrap();
    let told: Vec<_> =
        failed.iter().map(|row| (row.line, row.code.as_deref(), row.column.as_deref())).collect();
    assert_eq!(told, [(3, Some("wrong_cells"), None), (4, Some("wrong_value"), Some("account_type"))]);
    assert_eq!(office.value("select to_jsonb(count(*)) from record.accounts").await, 200);
    assert_eq!(office.value("select to_jsonb(count(*)) from org.import_part").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_none_fails_with_the_reason() {
    let office = Office::new().await;
    let wide = vec!["x"; 300].join(",");
    for (kind, format, file, code) in [
        (Kind::ACCOUNT, Format::Csv, "name\n", "empty_file"),
        (Kind::ACCOUNT, Format::Csv, "\n", "empty_file"),
        (Kind::ACCOUNT, Format::Csv, wide.as_str(), "too_many_columns"),
        (Kind::ACCOUNT, Format::Geojson, "{\"type\":\"FeatureCollection\"", "bad_geojson"),
        (Kind::CONTACT, Format::Vcard, "\r\n", "empty_file"),
    ] {
        let failed = office.checked(kind, format, file.as_bytes()).await;
        assert_eq!((failed.state.as_str(), failed.code.as_deref()), ("failed", Some(code)), "{file:?}");
    }
    let id = RecordId::new(1_800_000_000_000, id_bytes()).uuid();
    let new = NewImport { kind: Kind::ACCOUNT.into(), format: Format::Csv, file_name: "a".to_owned() };
    office.store.add_import(&office.by, id, &new).await.unwrap();
    office.store.put_import_part(id, 1, b"A\n").await.unwrap();
    office.store.check_import(id, None, None).await.unwrap();
    assert_eq!(office.worked(id).await.code.as_deref(), Some("part_missing"));
}

/// Two accounts and a contact that say all sorts of things.
async fn furnished() -> Office {
    let office = Office::new().await;
    let accounts = "external_id,name,latitude,longitude,credit_limit,currency,tags,description,phone,territory,parent,credit_hold\n\
        =1+1,\"Q \"\"Quote\"\", & Co\",47.0707,15.4395,1234.5,EUR,x; y,\"two\nlines\",+43 316 1,north,,yes\n\
        OUT,@Outlet,,,,,,,-5,north,=1+1,\n";
    let done = office.imported(Kind::ACCOUNT, Format::Csv, accounts.as_bytes()).await;
    assert_eq!(counts(&done), (2, 0, 0, 0), "{:?}", office.rows(done.id).await);
    let contacts = "external_id,account,name,mobile,channels,notes\n\
        C1,out,Ann Ö.,+43 1,\"email: ann@b.example (home); messenger: https://m.example/a\",\"a, b; c\"\n";
    let done = office.imported(Kind::CONTACT, Format::Csv, contacts.as_bytes()).await;
    assert_eq!(counts(&done), (1, 0, 0, 0), "{:?}", office.rows(done.id).await);
    office
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_exported_is_imported_again_without_a_change() {
    let office = furnished().await;
    for kind in [Kind::ACCOUNT, Kind::CONTACT] {
        let file = office.csv(kind).await;
        let text = String::from_utf8(file.clone()).unwrap();
        for cell in text.split([',', '\n']) {
            let cell = cell.trim_matches('"');
            assert!(!cell.starts_with(['=', '+', '@']), "{cell} is a formula in {text}");
        }
        let checked = office.checked(kind, Format::Csv, &file).await;
        let (added, changed, unchanged, failed) = counts(&checked);
        assert_eq!((added, changed, failed), (0, 0, 0), "{:?}", office.rows(checked.id).await);
        assert_eq!(unchanged, checked.rows);
    }
    let columns = target::exported(Kind::CONTACT);
    let cards: String = office
        .exported(Kind::CONTACT, Format::Vcard)
        .await
        .iter()
        .map(|record| vcard::write(&columns, &record.cells, &record.account_name))
        .collect();
    assert!(cards.contains("ORG:@Outlet"), "{cards}");
    let checked = office.checked(Kind::CONTACT, Format::Vcard, cards.as_bytes()).await;
    assert_eq!(counts(&checked), (0, 0, 1, 0), "{:?}", office.rows(checked.id).await);
    let columns = target::exported(Kind::ACCOUNT);
    let placed = office.exported(Kind::ACCOUNT, Format::Geojson).await;
    let features: Vec<String> = placed.iter().map(|record| geojson::write(&columns, &record.cells)).collect();
    assert_eq!(features.len(), 1, "only what has a position");
    let file = format!("{{\"type\":\"FeatureCollection\",\"features\":[{}]}}", features.join(","));
    let checked = office.checked(Kind::ACCOUNT, Format::Geojson, file.as_bytes()).await;
    assert_eq!(counts(&checked), (0, 0, 1, 0), "{:?}", office.rows(checked.id).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contacts_name_their_account_and_never_change_it() {
    let office = furnished().await;
    let file = "external_id,account,name\nC1,=1+1,Ann\nC2,@outlet,Bob\nC3,nobody,Cy\nC4,,Di\nc1,OUT,Eve\n";
    let checked = office.checked(Kind::CONTACT, Format::Csv, file.as_bytes()).await;
    let codes = ["other_account", "added", "unknown_account", "account_missing", "twice_in_file"];
    assert_eq!(office.codes(checked.id).await, codes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_http_a_file_comes_in_parts_and_failed_rows_go_out_as_a_file() {
    let server = TestServer::new().await;
    Beat::new(server.store(), "north").await;
    let office = token(&server, Role::Office).await;
    let post = async |path: &str, body: Json| ask_as(&server, &office, "POST", path, &[], &body).await;
    let made = post("/v1/imports", json!({ "kind": "account", "format": "csv", "file_name": "a.csv" })).await;
    assert_eq!(made.status, 201, "{:?}", made.outcome());
    let path = format!("/v1/imports/{}", made.json()["id"].as_str().unwrap());
    assert_eq!(post(&format!("{path}/check"), json!({})).await.outcome().1, "nothing_uploaded");
    // "name,territory,phone\nA,north,=1\n" and "B,south,=2\n"
    for (part, bytes) in
        [("1", "Qixzb3V0aCw9Mgo="), ("0", "eA=="), ("0", "bmFtZSx0ZXJyaXRvcnkscGhvbmUKQSxub3J0aCw9MQo=")]
    {
        let body = json!({ "base64": bytes });
        let put = ask_as(&server, &office, "PUT", &format!("{path}/parts/{part}"), &[], &body).await;
        assert_eq!(put.status, 200, "{:?}", put.outcome());
    }
    assert_eq!(post(&format!("{path}/check"), json!({})).await.status, 200);
    while server.store().work_import().await.unwrap() {}
    let checked = ask_as(&server, &office, "GET", &path, &[], &Json::Null).await.json();
    assert_eq!((checked["state"].as_str(), &checked["counts"]["failed"]), (Some("checked"), &json!(1)));
    assert_eq!(post(&format!("{path}/run"), json!({})).await.status, 200);
    while server.store().work_import().await.unwrap() {}
    let failed = ask_as(&server, &office, "GET", &format!("{path}/failed"), &[], &Json::Null).await;
    assert_eq!(failed.header("content-type"), "text/csv; charset=utf-8");
    let file = String::from_utf8(failed.body.clone()).unwrap();
    assert!(
        file.contains("name,territory,phone,line,reason\r\n") && file.contains("B,south,'=2,3,"),
        "{file}"
    );
    let rows =
        ask_as(&server, &office, "GET", &format!("{path}/rows?outcome=added"), &[], &Json::Null).await.json();
    assert_eq!(rows["items"][0]["cells"], json!(["A", "north", "=1"]));
    let exported = ask_as(&server, &office, "GET", "/v1/exports/accounts", &[], &Json::Null).await;
    assert!(String::from_utf8_lossy(&exported.body).contains("'=1"));
    let wrong = ask_as(&server, &office, "GET", "/v1/exports/accounts?format=vcard", &[], &Json::Null).await;
    assert_eq!(wrong.outcome(), (400, "format_does_not_fit".to_owned()));
    server.stop().await;
}
