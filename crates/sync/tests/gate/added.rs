//! A collection that only grows: consents are added, and nobody changes or removes one, in whatever way.

use automerge::Automerge;
use roadbook_model::document::{change_bytes, create, edit};
use roadbook_model::{Edit, Fields, Kind, Role, Value};

use crate::world::*;

fn consent(decision: &str) -> Value {
    Value::Map(map([
        ("channel", str("email")),
        ("purpose", str("marketing")),
        ("decision", str(decision)),
        ("at", Value::Timestamp(TIME_S * 1_000)),
        ("source", str("form")),
        ("proof", str("Folder 7")),
    ]))
}

/// A contact with one consent, as accepted.
fn contact() -> Automerge {
    let content: Fields =
        map([("name", str("Ann")), ("consents", Value::Map(map([(LINE_1, consent("given"))])))]);
    let doc = create(Kind::CONTACT.spec(), actor_of(1), TIME_S, &content).expect("honest");
    let bytes = change_bytes(&doc).remove(0);
    offer_as(Kind::CONTACT, Role::Rep, None, 1, &[bytes]).expect("honest").doc
}

/// What the gate says to edits by a device that asks nobody before.
fn says(role: Role, edits: &[Edit]) -> &'static str {
    let base = contact();
    let mut doc = base.clone();
    let made = edit(Kind::CONTACT.spec(), &mut doc, actor_of(2), TIME_S, edits)
        .expect("fits")
        .expect("something changes");
    match offer_as(Kind::CONTACT, role, Some(&base), 2, &[made]) {
        Ok(_) => "ok",
        Err(refusal) => refusal.code,
    }
}

#[test]
fn consents_are_added_and_stay_as_they_are() {
    for role in [Role::Rep, Role::Office] {
        assert_eq!(says(role, &[put(["consents", LINE_2], consent("withdrawn"))]), "ok");
        assert_eq!(says(role, &[put(["consents", LINE_1, "decision"], str("withdrawn"))]), "not_permitted");
        assert_eq!(says(role, &[put(["consents", LINE_1, "proof"], Value::Null)]), "not_permitted");
        assert_eq!(says(role, &[put(["consents", LINE_1], consent("withdrawn"))]), "not_permitted");
        assert_eq!(says(role, &[Edit::Delete { path: path(["consents", LINE_1]) }]), "not_permitted");
    }
}

#[test]
fn what_one_change_added_the_next_does_not_change() {
    let base = contact();
    let mut doc = base.clone();
    let mut write = |value: Edit| {
        edit(Kind::CONTACT.spec(), &mut doc, actor_of(2), TIME_S, &[value])
            .expect("fits")
            .expect("something changes")
    };
    let added = write(put(["consents", LINE_2], consent("given")));
    let changed = write(put(["consents", LINE_2, "proof"], str("none")));
    let refused =
        offer_as(Kind::CONTACT, Role::Rep, Some(&base), 2, &[added, changed]).expect_err("it changes one");
    assert_eq!((refused.code, refused.index), ("not_permitted", 1));
}
