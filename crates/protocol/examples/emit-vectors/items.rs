//! Items, and receipts for them.

use roadbook_model::LeaseId;
use roadbook_protocol::item::{Changes, NewRecord, Request, item_hash};
use roadbook_protocol::{Blob, Hash, Item, ItemBody, Outcome, Reason, Receipt, code, encode};

use super::json::Json;
use super::readable::Readable;
use super::story;
use super::vector::Vector;

/// A new account, its first visit, more of that visit, a request, a close: the outbox of the morning, in order.
pub fn outbox() -> Vec<(&'static str, &'static str, Item)> {
    let account = story::account();
    vec![
        (
            "new_account",
            "creates an account under the lease on its territory, and names the lease that is to open on it",
            Item {
                number: 1,
                lease: story::territory_lease(),
                captured_ms: story::at_ms(60),
                body: ItemBody::Changes(Changes {
                    record: account.record(),
                    changes: vec![Blob(story::bytes(story::ACCOUNT_CHANGE))],
                    new: Some(NewRecord {
                        kind: "account".to_owned(),
                        account,
                        opens: Some(story::account_lease()),
                    }),
                    ..changes()
                }),
                reapplies: None,
            },
        ),
        (
            "new_visit",
            "creates a record of an account; `opens` is absent at the end and so left out",
            Item {
                number: 2,
                lease: story::account_lease(),
                captured_ms: story::at_ms(120),
                body: ItemBody::Changes(Changes {
                    changes: vec![Blob(story::bytes(story::VISIT_CHANGE))],
                    new: Some(NewRecord { kind: "visit".to_owned(), account, opens: None }),
                    ..changes()
                }),
                reapplies: None,
            },
        ),
        (
            "more_of_the_visit",
            "changes a record that exists; `new` is absent at the end and so left out",
            Item {
                number: 3,
                lease: story::account_lease(),
                captured_ms: story::at_ms(1500),
                body: ItemBody::Changes(Changes {
                    changes: vec![Blob(story::bytes(story::VISIT_CHANGE_2))],
                    ..changes()
                }),
                reapplies: None,
            },
        ),
        (
            "request",
            "asks for a decision on an order as it was seen",
            Item {
                number: 4,
                lease: story::account_lease(),
                captured_ms: story::at_ms(1560),
                body: ItemBody::Request(Request {
                    id: story::request(),
                    verb: "submit".to_owned(),
                    record: story::order(),
                    heads: vec![story::hash_of(b"the order's last change")],
                }),
                reapplies: None,
            },
        ),
        (
            "close",
            "a variant without fields is its number and an empty array",
            Item {
                number: u64::MAX,
                lease: story::account_lease(),
                captured_ms: -1,
                body: ItemBody::Close,
                reapplies: None,
            },
        ),
    ]
}

/// What its person makes of held work.
pub fn fates() -> Vec<(&'static str, &'static str, Item)> {
    let item = |number, minutes, body| Item {
        number,
        lease: story::account_lease(),
        captured_ms: story::at_ms(minutes),
        body,
        reapplies: None,
    };
    let request = Request {
        id: story::request_anew(),
        verb: "submit".to_owned(),
        record: story::order(),
        heads: vec![story::hash_of(b"the order's last change")],
    };
    vec![
        ("discard", "gives up on a held item", item(6, 1620, ItemBody::Discard(3))),
        (
            "re_application",
            "asks anew for what was held under number 4, and names that number",
            Item { reapplies: Some(4), ..item(7, 1680, ItemBody::Request(request)) },
        ),
        (
            "wiped",
            "the last word of a device that was taken out of use; its lease is none",
            Item { lease: LeaseId::from_bytes([0; 16]), ..item(8, 1740, ItemBody::Wiped) },
        ),
    ]
}

fn changes() -> Changes {
    Changes {
        record: story::visit(),
        generation: 0,
        branch: 0,
        kind_version: 1,
        changes: Vec::new(),
        new: None,
    }
}

pub fn vectors() -> Vec<Vector> {
    let vector = |(name, about, item): (_, _, Item)| {
        let bytes = encode(&item);
        let mut derived = vec![("item_hash", Json::hex(&item_hash(&bytes).0))];
        if let ItemBody::Changes(body) = &item.body {
            let hashes: Vec<Hash> = body.changes.iter().map(|chunk| story::change_hash(&chunk.0)).collect();
            derived.push(("change_hashes", hashes.readable()));
        }
        Vector { name, about, decoded: item.readable(), bytes, derived }
    };
    outbox().into_iter().chain(fates()).map(vector).collect()
}

pub fn receipts() -> Vec<Receipt> {
    let outcome = [
        Outcome::InRecord { late: false },
        Outcome::InRecord { late: true },
        Outcome::Held(Reason::new(
            code::LATE_REVIEW,
            "L5",
            "this account was handed over; late work goes to review",
        )),
        Outcome::Refused(Reason {
            code: "too_long".to_owned(),
            rule: "G4".to_owned(),
            path: vec!["name".to_owned()],
            text: "Name has 201 characters; 200 are enough.".to_owned(),
        }),
    ];
    let receipt = |(n, outcome)| Receipt { number: n, position: 4710 + n, outcome };
    (1..).zip(outcome).map(receipt).collect()
}

pub fn receipt_vectors() -> Vec<Vector> {
    let names = [
        ("in_record", "in time: a variant with a named field"),
        ("in_record_late", "late, and taken"),
        ("held", "kept whole, waiting for a fate"),
        ("refused", "not to be offered again as it is; the path says which field"),
    ];
    let vector = |((name, about), receipt): (_, Receipt)| Vector {
        name,
        about,
        bytes: encode(&receipt),
        decoded: receipt.readable(),
        derived: Vec::new(),
    };
    names.into_iter().zip(receipts()).map(vector).collect()
}
