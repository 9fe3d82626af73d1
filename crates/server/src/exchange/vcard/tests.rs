//! Cards of ours, of phones, and of nobody's good will.

use super::*;

fn all(text: &[u8]) -> Vec<Line> {
    let mut reader = Reader::open(text);
    std::iter::from_fn(|| reader.next().unwrap()).collect()
}

fn cell(line: &Line, name: &str) -> String {
    let place = COLUMNS.iter().position(|column| *column == name).unwrap();
    line.cells[place].clone()
}

#[test]
fn what_is_written_is_read_again() {
    let cells = [
        "01900000-0000-7000-8000-000000000001",
        "C-7",
        "ALFKI",
        "Dr. Ann O'Neil, \"Annie\"; Buyer\\Chief",
        "Ann",
        "O'Neil; née Ångström",
        "Head of purchasing",
        "decision maker",
        "+49 30 1234",
        "+49 170 999",
        "ann@example.org",
        "de-CH",
        "First line\nBEGIN:VCARD\nlast, line; with a very long tail that has to be folded because it is longer than a line may be: äöüäöüäöüäöü",
        "phone: 123 (desk); sms: 456; email: a@b.example; post: Main St 1, back door (store); messenger: https://m.example/ann",
    ]
    .map(str::to_owned)
    .to_vec();
    let card = write(&COLUMNS, &cells, "Alfreds Futterkiste");
    assert!(card.lines().all(|line| line.len() <= 75), "{card}");
    let lines = all(card.as_bytes());
    assert_eq!(lines.len(), 1, "{card}");
    assert_eq!((lines[0].fault.clone(), lines[0].cells.clone()), (None, cells));
}

#[test]
fn a_phones_card_is_read() {
    let card = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Muster;Eva;;;\r\nFN:Eva Muster\r\nORG:Muster AG;Einkauf\r\n\
                item1.TEL;type=CELL;type=pref:+41 79 000\r\nTEL;TYPE=WORK,VOICE:044 1\r\nTEL;TYPE=FAX:044 2\r\n\
                EMAIL;type=INTERNET:eva@muster.example\r\nEMAIL;type=HOME:eva@home.example\r\n\
                UID:ABC-1\r\nPHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ\r\n SkZJRg\r\nNOTE:one\\ntwo\r\nEND:VCARD\r\n";
    let lines = all(card.as_bytes());
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].fault, None);
    let names = [
        "name",
        "family_name",
        "account",
        "mobile",
        "phone",
        "email",
        "channels",
        "external_id",
        "id",
        "notes",
    ];
    assert_eq!(
        names.map(|name| cell(&lines[0], name)),
        [
            "Eva Muster",
            "Muster",
            "Muster AG",
            "+41 79 000",
            "044 1",
            "eva@muster.example",
            "email: eva@home.example (home)",
            "ABC-1",
            "",
            "one\ntwo"
        ]
    );
}

#[test]
fn a_bad_card_spoils_no_other_and_no_memory() {
    let long = format!("BEGIN:VCARD\nVERSION:4.0\nNOTE:{}\nEND:VCARD\n", "x".repeat(LINE_BYTES_MAX));
    let folds = format!("BEGIN:VCARD\nVERSION:4.0\nNOTE:x\n{}END:VCARD\n", " yyyyyyyy\n".repeat(20_000));
    let many = format!("BEGIN:VCARD\nVERSION:4.0\n{}END:VCARD\n", "NOTE:x\n".repeat(CARD_LINES_MAX + 5));
    let good = "BEGIN:VCARD\nVERSION:4.0\nFN:Good\nEND:VCARD\n";
    for (bad, code) in [
        ("hello\nEND:VCARD\n", "bad_vcard"),
        ("END:VCARD\n", "bad_vcard"),
        ("BEGIN:VCARD\nFN:No version\nEND:VCARD\n", "vcard_version"),
        ("BEGIN:VCARD\nVERSION:2.1\nFN:Old\nEND:VCARD\n", "vcard_version"),
        ("BEGIN:VCARD\nVERSION:4.0\nno property\nEND:VCARD\n", "bad_vcard"),
        ("BEGIN:VCARD\nVERSION:4.0\n;:\nEND:VCARD\n", "bad_vcard"),
        ("BEGIN:VCARD\nVERSION:4.0\nFN;X=\"open:x\nEND:VCARD\n", "bad_vcard"),
        ("BEGIN:VCARD\nVERSION:4.0\nFN:N\0UL\nEND:VCARD\n", "bad_character"),
        (long.as_str(), "too_long"),
        (folds.as_str(), "too_long"),
        (many.as_str(), "too_long"),
    ] {
        let lines = all(format!("{good}{bad}{good}").as_bytes());
        let told: Vec<_> = lines.iter().map(|line| line.fault.as_ref().map(|fault| fault.code)).collect();
        assert_eq!(told, [None, Some(code), None], "{}", &bad[..bad.len().min(60)]);
    }
    let not_utf8 =
        [b"BEGIN:VCARD\nVERSION:4.0\nFN:M\xFCller\nEND:VCARD\n".as_slice(), good.as_bytes()].concat();
    let told: Vec<_> = all(&not_utf8).iter().map(|line| line.fault.is_some()).collect();
    assert_eq!(told, [true, false]);
    assert_eq!(
        all(b"BEGIN:VCARD\nVERSION:4.0\nFN:Open").first().map(|line| line.fault.is_some()),
        Some(true)
    );
}

#[test]
fn a_long_photo_is_passed_over_and_a_long_note_is_a_fault() {
    let card = |property: &str| {
        let long = "A".repeat(2 * LINE_BYTES_MAX);
        format!("BEGIN:VCARD\nVERSION:4.0\nFN:Eva\nitem1.{property}:{long}\nTEL:044 1\nEND:VCARD\n")
    };
    let lines = all(card("PHOTO;ENCODING=b;TYPE=JPEG").as_bytes());
    assert_eq!((lines[0].fault.clone(), cell(&lines[0], "phone")), (None, "044 1".to_owned()));
    let lines = all(card("NOTE").as_bytes());
    assert_eq!(lines[0].fault.as_ref().map(|fault| fault.code), Some("too_long"));
    assert_eq!(cell(&lines[0], "name"), "Eva", "whoever gets the row back finds what was read");
}
