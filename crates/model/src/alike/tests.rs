//! What is alike, what is not, and by what it is found.

use super::*;

fn traits(pairs: &[(&str, &str)]) -> Traits {
    let fields = pairs.iter().map(|(name, text)| {
        let value = match text.parse::<i64>() {
            Ok(number) if name.ends_with("microdeg") => Value::Int(number),
            _ => Value::Str((*text).to_owned()),
        };
        ((*name).to_owned(), value)
    });
    Traits::of(&fields.collect(), None)
}

const HANDEL: &[(&str, &str)] = &[
    ("name", "Ernst Handel GmbH & Co. KG"),
    ("street", "Kirchstraße 6"),
    ("postal_code", "8010"),
    ("city", "Graz"),
    ("phone", "+43 316 123456"),
    ("email", "ernst@ernst-handel.example"),
];

fn points(other: &[(&str, &str)]) -> i64 {
    let (a, b) = (traits(HANDEL), traits(other));
    assert_eq!(a.likeness(&b), b.likeness(&a), "the same whichever is asked");
    let likeness = a.likeness(&b);
    if likeness.is_likely() {
        assert!(a.probes().intersection(&b.keys()).next().is_some(), "what is likely is found: {other:?}");
    }
    likeness.points
}

#[test]
fn one_customer_written_in_two_ways_is_likely() {
    for other in [
        &[("name", "Handel, Ernst")][..],
        &[("name", "ERNST HANDEL"), ("postal_code", "8010")],
        &[("name", "Ernst Hndel"), ("street", "Kirchstr. 6"), ("postal_code", "8010"), ("city", "Graz")],
        &[("name", "E. Handel"), ("phone", "0316/123456"), ("postal_code", "8010")],
        &[("name", "Feinkost"), ("phone", "0316 12 34 56"), ("email", "Ernst@Ernst-Handel.example")],
    ] {
        assert!(points(other) >= LIKELY, "{} for {other:?}", points(other));
    }
}

#[test]
fn another_customer_is_not() {
    for other in [
        &[("name", "Ernst Handel"), ("postal_code", "1010"), ("city", "Wien")][..],
        &[("name", "Ernst Handel Linz"), ("postal_code", "4020"), ("email", "linz@ernst-handel.example")],
        &[
            ("name", "Bäckerei Sorger"),
            ("street", "Kirchstraße 6"),
            ("postal_code", "8010"),
            ("city", "Graz"),
        ],
        &[("name", "Ernst Huber"), ("street", "Hauptplatz 1"), ("postal_code", "8010"), ("city", "Graz")],
        &[("name", "")],
        &[],
    ] {
        assert!(points(other) < LIKELY, "{} for {other:?}", points(other));
    }
}

#[test]
fn where_they_are_speaks_for_and_against() {
    let here =
        [("name", "Cafe am Eck"), ("latitude_microdeg", "47070700"), ("longitude_microdeg", "15439500")];
    let at = |latitude: &'static str| {
        [("name", "Café am Eck"), ("latitude_microdeg", latitude), ("longitude_microdeg", "15439500")]
    };
    let likeness = |other: &[(&str, &str)]| traits(&here).likeness(&traits(other));
    assert_eq!(likeness(&at("47071000")).points, 750);
    assert_eq!(likeness(&at("47074000")).points, 650);
    assert_eq!(likeness(&at("47170700")).points, 350, "and a name is all that agrees");
    // Two neighbours in different cells of the map find each other.
    let (a, b) = (traits(&at("47069999")[1..]), traits(&at("47070001")[1..]));
    assert!(a.probes().intersection(&b.keys()).next().is_some());
}

#[test]
fn spelling_makes_no_difference() {
    for (a, b) in [
        ("Müller Ges.m.b.H.", "Mueller gesmbh"),
        ("Straße & Söhne", "strasse soehne"),
        ("L'Été SARL", "lete"),
    ] {
        assert_eq!(name_tokens(a), name_tokens(b), "{a} {b}");
    }
    assert_eq!(phone("+49 (0)30 / 123 456-78"), phone("030 12345678"));
    assert_eq!((phone("12345"), phone("123456")), (None, Some("123456".to_owned())));
    assert_eq!(street("Haupt Straße 12a"), street("Hauptstr. 12a"));
    assert_eq!(street("12 Main Street"), (Some("mainstr".to_owned()), Some("12".to_owned())));
    assert_eq!(domain("https://www.Shop.example/de?x"), Some("shop.example".to_owned()));
    assert_eq!(
        (domain("gmail.com"), email("no address"), email("A@B.example")),
        (None, None, Some("a@b.example".to_owned()))
    );
}
