//! Membership rules: which match, which of several wins, and what is no rule.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use roadbook_model::membership::{Area, Criteria, Facts, Position, PostalPattern, Rule, place};
use roadbook_model::{Fields, RuleId, TerritoryId, Value};
use serde_json::{Value as Json, json};

fn rule(code: &str, position: u32, criteria: &Json) -> Rule {
    let mut id = [0; 16];
    id[..code.len()].copy_from_slice(code.as_bytes());
    Rule {
        id: RuleId::from_bytes(id),
        territory: TerritoryId::from_bytes(id),
        code: code.to_owned(),
        position,
        criteria: Criteria::parse(criteria).unwrap(),
    }
}

fn facts(country: &str, postal_code: &str) -> Facts {
    Facts { country: Some(country.into()), postal_code: Some(postal_code.into()), ..Facts::default() }
}

/// Degrees from a list of longitude, latitude.
fn at(longitude: f64, latitude: f64) -> Position {
    let micro = |degrees: f64| (degrees * 1e6) as i64;
    Position { longitude: micro(longitude), latitude: micro(latitude) }
}

fn polygon(rings: &Json) -> Area {
    Area::parse(&json!({ "type": "Polygon", "coordinates": rings }), &[]).unwrap()
}

#[test]
fn the_facts_of_an_account_come_from_its_fields() {
    let tag = Value::Map(Fields::from([("tag".into(), Value::Str("key".into()))]));
    let fields = Fields::from([
        ("country".into(), Value::Str("DE".into())),
        ("postal_code".into(), Value::Str("10115".into())),
        ("latitude_microdeg".into(), Value::Int(52_530_000)),
        ("longitude_microdeg".into(), Value::Int(13_380_000)),
        ("segment".into(), Value::Null),
        ("tags".into(), Value::Map(Fields::from([("k".into(), tag)]))),
    ]);
    let expected = Facts {
        tags: vec!["key".into()],
        position: Some(Position { longitude: 13_380_000, latitude: 52_530_000 }),
        ..facts("DE", "10115")
    };
    assert_eq!(Facts::of(&fields), expected);
    assert_eq!(Facts::of(&Fields::new()), Facts::default());
}

#[test]
fn postal_patterns_match_as_people_read_them() {
    for (pattern, code, matches) in [
        ("10115", "10115", true),
        ("10115", "1011", false),
        ("sw1a 1aa", "SW1A1AA", true),
        ("SW1A", "SW1A 1AA", true),
        ("98101", "98101-1234", true),
        ("98101-1234", "98101-1234", true),
        ("98101-1234", "98101", false),
        ("SW1*", "sw1x 7xl", true),
        ("SW1*", "SW2 1AA", false),
        ("1000-1999", "1000", true),
        ("1000-1999", "1999", true),
        ("1000-1999", "2000", false),
        ("1000-1999", "10115", false),
        ("1000-1999", "1000-205", true),
        ("00-950", "00-950", true),
        ("01000-01999", "1500", false),
        ("1000-1999", "", false),
        ("1000-1999", " - ", false),
    ] {
        let criteria = json!({ "countries": ["x"], "postal_codes": [pattern] });
        let rules = [rule("t", 1, &criteria)];
        assert_eq!(place(&rules, &facts("X", code)).is_some(), matches, "{pattern} and {code}");
        assert!(place(&rules, &facts("other", code)).is_none(), "another country's {code}");
    }
    for text in ["", "*", "1999-1000", "Ä*", "10_15", "123456789012345678901"] {
        assert_eq!(PostalPattern::parse(text), None, "{text:?}");
    }
    for text in ["10115", "SW1*", "1000-1999"] {
        assert_eq!(PostalPattern::parse(text).unwrap().to_string(), text);
    }
}

#[test]
fn the_most_specific_rule_wins_then_the_earlier_then_the_first_code() {
    let everywhere =
        json!([[[-170, -80], [0, -80], [170, -80], [170, 80], [0, 80], [-170, 80], [-170, -80]]]);
    let account = Facts {
        region: Some("Bayern".into()),
        segment: Some("A".into()),
        tags: vec!["key".into()],
        position: Some(at(11.5, 48.1)),
        ..facts("Germany", "80331")
    };
    let tag = rule("tag", 1, &json!({ "tags": ["KEY"] }));
    let segment_and_tag = rule("both", 9, &json!({ "segments": ["a"], "tags": ["key"] }));
    let country = rule("country", 1, &json!({ "countries": ["DE", "germany"] }));
    let region = rule("region", 1, &json!({ "regions": ["BAYERN "] }));
    let range = rule("range", 1, &json!({ "countries": ["Germany"], "postal_codes": ["80000-89999"] }));
    let prefix = rule("prefix", 5, &json!({ "countries": ["Germany"], "postal_codes": ["803*"] }));
    let exact = rule("exact", 9, &json!({ "countries": ["Germany"], "postal_codes": ["80331", "8*"] }));
    let area = rule("area", 9, &json!({ "area": { "type": "Polygon", "coordinates": everywhere } }));
    let later = rule("later", 10, &json!({ "area": { "type": "Polygon", "coordinates": everywhere } }));
    let zone = rule("zone", 9, &json!({ "area": { "type": "Polygon", "coordinates": everywhere } }));
    let none = rule("none", 1, &json!({ "segments": ["B"], "countries": ["Germany"] }));
    let ranked = [tag, segment_and_tag, country, region, range, prefix, exact, later, zone, area];
    for weaker in 0..ranked.len() {
        for stronger in weaker + 1..ranked.len() {
            for pair in [[weaker, stronger], [stronger, weaker]] {
                let pair = pair.map(|n| ranked[n].clone());
                let winner = place(&pair, &account).map(|rule| rule.code.as_str());
                assert_eq!(winner, Some(ranked[stronger].code.as_str()), "over {}", ranked[weaker].code);
            }
        }
    }
    assert_eq!(place([&none], &account), None);
    assert_eq!(place(&ranked, &Facts::default()), None, "an account that says nothing is placed by nothing");
}

#[test]
fn an_area_has_holes_edges_and_a_seam() {
    let ring = |low: f64, high: f64| json!([[low, low], [high, low], [high, high], [low, high], [low, low]]);
    let with_hole = polygon(&json!([ring(0.0, 10.0), ring(4.0, 6.0)]));
    for (longitude, latitude, inside) in [
        (1.0, 1.0, true),
        (5.0, 5.0, false),
        (4.0, 5.0, true),
        (0.0, 0.0, true),
        (10.0, 10.0, true),
        (10.0, 5.0, true),
        (10.000_001, 5.0, false),
        (-1.0, 0.0, false),
        (-1.0, 10.0, false),
        (11.0, 0.0, false),
    ] {
        assert_eq!(with_hole.contains(at(longitude, latitude)), inside, "{longitude}, {latitude}");
    }
    let fiji = json!({ "type": "MultiPolygon", "coordinates": [
        [[[177, -19], [180, -19], [180, -16], [177, -16], [177, -19]]],
        [[[-180, -19], [-178, -19], [-178, -16], [-180, -16], [-180, -19]]],
    ] });
    let fiji = Area::parse(&fiji, &[]).unwrap();
    for longitude in [178.0, 180.0, -180.0, -179.0] {
        assert!(fiji.contains(at(longitude, -17.0)), "{longitude}");
    }
    assert!(!fiji.contains(at(0.0, -17.0)));
    let east_only = polygon(&json!([[[177, -19], [180, -19], [180, -16], [177, -16], [177, -19]]]));
    assert!(east_only.contains(at(-180.0, -17.0)), "180 and -180 are one meridian");
}

#[test]
fn an_area_may_be_wrapped_in_features() {
    let square =
        json!({ "type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1, 12.5], [0, 0]]] });
    let feature = json!({ "type": "Feature", "properties": null, "geometry": square });
    let both = json!({ "type": "FeatureCollection", "features": [feature, feature] });
    for shape in [square, feature, both] {
        assert!(Area::parse(&shape, &[]).unwrap().contains(at(0.5, 0.5)));
    }
}

#[test]
fn what_is_no_rule_says_why_and_where() {
    let ring = |positions: Json| json!({ "area": { "type": "Polygon", "coordinates": [positions] } });
    let many: Vec<Json> = (0..10_001).map(|n| json!([f64::from(n % 90), 0])).collect();
    let words: Vec<String> = (0..1_001).map(|n| format!("w{n}")).collect();
    for (criteria, code, path) in [
        (json!([]), "not_an_object", ""),
        (json!({}), "no_criterion", ""),
        (json!({ "countries": [], "area": null }), "no_criterion", ""),
        (json!({ "city": ["Berlin"] }), "unknown_field", "city"),
        (json!({ "countries": "DE" }), "wrong_type", "countries"),
        (json!({ "countries": ["DE", 7] }), "wrong_type", "countries.1"),
        (json!({ "tags": [" "] }), "required", "tags.0"),
        (json!({ "tags": ["a\u{0}b"] }), "bad_character", "tags.0"),
        (json!({ "segments": ["x".repeat(101)] }), "too_long", "segments.0"),
        (json!({ "segments": words }), "too_many", "segments"),
        (json!({ "postal_codes": ["1*"] }), "no_country", "countries"),
        (json!({ "countries": ["DE"], "postal_codes": ["2-1"] }), "bad_postal_code", "postal_codes.0"),
        (json!({ "area": "POLYGON((0 0))" }), "bad_geometry", "area"),
        (json!({ "area": { "type": "Point", "coordinates": [0, 0] } }), "bad_geometry", "area"),
        (json!({ "area": { "type": "Polygon", "coordinates": [] } }), "bad_geometry", "area.coordinates"),
        (json!({ "area": { "type": "MultiPolygon", "coordinates": [] } }), "bad_geometry", "area"),
        (json!({ "area": { "type": "Polygon", "coordinates": [], "crs": {} } }), "bad_geometry", "area"),
        (json!({ "area": { "type": "Feature", "geometry": { "type": "Feature" } } }), "bad_geometry", "area"),
        (ring(json!([[0, 0], [1, 0], [0, 0]])), "ring_not_closed", "area.coordinates.0"),
        (ring(json!([[0, 0], [1, 0], [1, 1], [0, 1]])), "ring_not_closed", "area.coordinates.0"),
        (ring(json!([[0, 0], [1, 91], [1, 1], [0, 0]])), "out_of_range", "area.coordinates.0.1"),
        (ring(json!([[0, 0], [1, "1"], [1, 1], [0, 0]])), "bad_geometry", "area.coordinates.0.1"),
        (ring(json!([[0, 0], [1], [1, 1], [0, 0]])), "bad_geometry", "area.coordinates.0.1"),
        (
            ring(json!([[170, 0], [-170, 0], [-170, 1], [170, 0]])),
            "crosses_antimeridian",
            "area.coordinates.0",
        ),
        (ring(Json::Array(many)), "too_many", "area.coordinates.0"),
    ] {
        let violation = Criteria::parse(&criteria).unwrap_err();
        assert_eq!((violation.code, violation.path.join(".").as_str()), (code, path), "{}", violation.text);
    }
}

/// A point in a small world, so that corners and edges are met often.
fn small() -> impl Strategy<Value = (i64, i64)> {
    (-6_i64..=6, -6_i64..=6)
}

fn micro((longitude, latitude): (i64, i64)) -> Position {
    Position { longitude: longitude * 1_000_000, latitude: latitude * 1_000_000 }
}

fn closed(corners: &[(i64, i64)]) -> Json {
    let corners = corners.iter().chain(corners.first());
    Json::Array(corners.map(|(longitude, latitude)| json!([longitude, latitude])).collect())
}

/// Twice the signed area of a triangle.
fn turn(a: (i64, i64), b: (i64, i64), c: (i64, i64)) -> i64 {
    (b.0 - a.0) * (c.1 - a.1) - (c.0 - a.0) * (b.1 - a.1)
}

proptest! {
    #[test]
    fn a_triangle_holds_what_lies_on_one_side_of_all_its_edges(
        a in small(), b in small(), c in small(), point in small()
    ) {
        prop_assume!(turn(a, b, c) != 0);
        let signs = [turn(a, b, point), turn(b, c, point), turn(c, a, point)];
        let expected = signs.iter().all(|sign| *sign >= 0) || signs.iter().all(|sign| *sign <= 0);
        let triangle = polygon(&json!([closed(&[a, b, c])]));
        prop_assert_eq!(triangle.contains(micro(point)), expected);
    }

    #[test]
    fn where_a_ring_begins_and_which_way_it_goes_does_not_matter(
        corners in prop::collection::vec(small(), 3..9), first in 0_usize..9, point in small()
    ) {
        let mut other = corners.clone();
        other.rotate_left(first % corners.len());
        other.reverse();
        let (one, other) = (polygon(&json!([closed(&corners)])), polygon(&json!([closed(&other)])));
        prop_assert_eq!(one.contains(micro(point)), other.contains(micro(point)));
    }

    #[test]
    fn a_hole_takes_away_its_inside_and_nothing_else(
        corners in prop::collection::vec(small(), 3..9), point in small()
    ) {
        let world = [(-10, -10), (10, -10), (10, 10), (-10, 10)];
        let shape = polygon(&json!([closed(&corners)]));
        let pierced = polygon(&json!([closed(&world), closed(&corners)]));
        let shell = polygon(&json!([closed(&world)]));
        prop_assert!(shell.contains(micro(point)));
        // Both hold the edge between them, and one of them whatever lies elsewhere.
        prop_assert!(shape.contains(micro(point)) || pierced.contains(micro(point)));
    }

    #[test]
    fn the_order_in_which_rules_are_looked_at_does_not_matter(
        order in Just((0_usize..6).collect::<Vec<_>>()).prop_shuffle(), code in "[0-9]{5}", key in any::<bool>()
    ) {
        let rules = [
            rule("a", 1, &json!({ "countries": ["DE"] })),
            rule("b", 1, &json!({ "countries": ["de"] })),
            rule("c", 1, &json!({ "countries": ["DE"], "postal_codes": ["00000-49999"] })),
            rule("d", 1, &json!({ "countries": ["DE"], "postal_codes": ["1*"] })),
            rule("e", 2, &json!({ "countries": ["DE"], "postal_codes": ["2*", "1*"] })),
            rule("f", 1, &json!({ "tags": ["key"], "countries": ["DE"] })),
        ];
        let mut account = facts("DE", &code);
        account.tags.extend(key.then(|| "key".to_owned()));
        let expected = match code.as_bytes()[0] {
            b'1' => "d",
            b'2' => "e",
            b'0' | b'3' | b'4' => "c",
            _ if key => "f",
            _ => "a",
        };
        let shuffled = order.iter().map(|n| &rules[*n]);
        prop_assert_eq!(place(shuffled, &account).unwrap().code.as_str(), expected);
    }

    #[test]
    fn no_json_breaks_the_reader(longitude in any::<f64>(), text in ".{0,20}", n in any::<i64>()) {
        for value in [json!([[[longitude, 0], [0, n], [text, 1], [longitude, 0]]]), json!(n), json!({ &*text: n })] {
            let _ = Criteria::parse(&json!({ "area": { "type": "Polygon", "coordinates": value } }));
        }
        let _ = PostalPattern::parse(&text);
    }
}
