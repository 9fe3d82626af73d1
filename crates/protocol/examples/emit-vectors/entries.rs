//! Entries of every type, and the chain over them.

use roadbook_model::{AccountId, LeaseId};
use roadbook_protocol::entry::{
    Alias, Author, ChangesEntry, Closed, Conflict, ConflictField, Decision, Entry, Fate, Grant, Granted,
    LatePolicy, Opened, Placed, PlacedAccount, Reference, ReferenceItem, Review, ReviewLine, Revoked,
    Subject, Unaccepted, Wiped, Withdrawn, chain_hash, entry_hash,
};
use roadbook_protocol::item::item_hash;
use roadbook_protocol::{Blob, Hash, Reason, code, encode};

use super::json::Json;
use super::readable::Readable;
use super::vector::Vector;
use super::{items, story};

/// The log of the morning, in order.
pub fn log() -> Vec<(&'static str, &'static str, Entry)> {
    vec![
        ("granted", "a lease on a territory, with a word to the person", granted()),
        ("account_created", "a new account, its first lease and its place", account_created()),
        ("changes_late", "changes of an existing record that came late", changes_late()),
        ("changes_by_server", "the server's own change: no device, and nothing created", changes_by_server()),
        ("decision", "an order taken on, with everything decided", Entry::Decision(decision())),
        ("decision_bare", "a decision of which every optional part is absent", decision_bare()),
        ("withdrawn", "a lease taken back, late work to be reviewed", withdrawn()),
        ("closed", "the lease drained", closed()),
        ("held", "an item that is held, of an account that is known", held()),
        ("refused", "an item that is refused, of which nothing could be read", refused()),
        ("fate", "what became of the held one", fate()),
        ("placed", "an account moved to another territory", placed()),
        ("placed_first", "an account placed for the first time", placed_first()),
        ("reference", "one product changed, one removed", reference()),
        ("conflict", "a later value put back over a late one", conflict()),
        ("revoked", "the order to a leaving device to hand over and wipe itself", revoked(false)),
        ("revoked_blocked", "a stolen device is not spoken with any more", revoked(true)),
        ("wiped", "the last word of a device that left", wiped()),
        ("alias", "an account merged into another", alias()),
        (
            "conflict_of_part",
            "what was written to a merged account and its root does not say",
            conflict_of_part(),
        ),
        ("decision_review", "what the server's own pricing of a submitted order came to", decision_review()),
        ("decision_declined", "an order given back, and why", decision_declined()),
        ("granted_part", "a lease on an account that was merged into another", granted_part()),
    ]
}

fn granted() -> Entry {
    Entry::Granted(Granted {
        device: story::device(),
        grants: vec![
            grant(story::territory_lease(), Subject::Territory(story::territory()), None),
            grant(story::account_lease(), Subject::Account(story::account()), None),
        ],
        note: Some("Grüezi".to_owned()),
    })
}

fn grant(lease: LeaseId, subject: Subject, root: Option<AccountId>) -> Grant {
    Grant { lease, subject, root }
}

fn granted_part() -> Entry {
    let part =
        grant(story::account_lease(), Subject::Account(story::account()), Some(story::other_account()));
    Entry::Granted(Granted { device: story::device(), grants: vec![part], note: None })
}

fn alias() -> Entry {
    Entry::Alias(Alias {
        account: story::account(),
        root: story::other_account(),
        by: story::colleague(),
        note: Some("The same shop, entered twice.".to_owned()),
    })
}

fn account_created() -> Entry {
    Entry::Changes(ChangesEntry {
        record: story::account().record(),
        author: story::author(1),
        captured_ms: story::at_ms(60),
        late: false,
        changes: vec![Blob(story::bytes(story::ACCOUNT_CHANGE))],
        creates: Some("account".to_owned()),
        opens: Some(Opened { lease: Some(story::account_lease()), territory: story::territory() }),
        ..changes()
    })
}

fn changes_late() -> Entry {
    Entry::Changes(ChangesEntry { changes: vec![Blob(story::bytes(story::VISIT_CHANGE_2))], ..changes() })
}

fn changes_by_server() -> Entry {
    Entry::Changes(ChangesEntry {
        generation: 1,
        author: Author { person: story::person(), device: None, store_generation: 0, number: 0 },
        late: false,
        changes: vec![Blob(story::bytes(story::VISIT_CHANGE))],
        ..changes()
    })
}

fn changes() -> ChangesEntry {
    ChangesEntry {
        record: story::visit(),
        account: story::account(),
        generation: 0,
        kind_version: 1,
        author: story::author(3),
        captured_ms: story::at_ms(1500),
        late: true,
        changes: Vec::new(),
        creates: None,
        opens: None,
    }
}

pub fn decision() -> Decision {
    Decision {
        record: story::order(),
        account: story::account(),
        verb: "accept".to_owned(),
        state: "accepted".to_owned(),
        by: story::colleague(),
        request: Some(story::request()),
        number: Some("4711".to_owned()),
        total_minor: Some(1_234_567_890_123),
        currency: Some("CHF".to_owned()),
        heads: vec![story::hash_of(b"the order's last change")],
        effective_ms: Some(story::at_ms(3600)),
        review: None,
        text: None,
    }
}

fn review() -> Review {
    Review {
        captured_minor: 9_000,
        captured_tax_minor: Some(1_710),
        priced_minor: 9_500,
        priced_tax_minor: 1_805,
        differs: true,
        reasons: vec!["credit_limit".to_owned()],
        approver: Some("office".to_owned()),
        lines: vec![ReviewLine {
            item: "01a1f7f9-1a60-7c0d-8c0d-0c0d0c0d0c0d".to_owned(),
            unit_price_minor: 950,
            net_minor: 9_500,
        }],
    }
}

fn decision_review() -> Entry {
    Entry::Decision(Decision {
        verb: "review".to_owned(),
        state: "prices_differ".to_owned(),
        request: None,
        effective_ms: None,
        review: Some(review()),
        ..decision()
    })
}

fn decision_declined() -> Entry {
    let review = Review { captured_tax_minor: None, approver: None, lines: Vec::new(), ..review() };
    Entry::Decision(Decision {
        verb: "decline".to_owned(),
        state: "rejected".to_owned(),
        effective_ms: None,
        review: Some(review),
        text: Some("Bitte erst die Rechnung vom März.".to_owned()),
        ..decision()
    })
}

fn decision_bare() -> Entry {
    Entry::Decision(Decision {
        request: None,
        number: None,
        total_minor: None,
        currency: None,
        heads: Vec::new(),
        effective_ms: None,
        review: None,
        text: None,
        ..decision()
    })
}

fn withdrawn() -> Entry {
    Entry::Withdrawn(Withdrawn {
        device: story::device(),
        leases: vec![story::account_lease()],
        policy: LatePolicy::Review,
        grace_until_ms: story::at_ms(30 * 86_400),
        note: None,
    })
}

fn closed() -> Entry {
    Entry::Closed(Closed { device: story::device(), lease: story::account_lease(), number: 5 })
}

fn held() -> Entry {
    let (_, _, item) = items::outbox().swap_remove(2);
    Entry::Unaccepted(Unaccepted {
        author: story::author(3),
        item: item_hash(&encode(&item)),
        held: true,
        record: Some(story::visit()),
        account: Some(story::account()),
        reason: Reason::new(
            code::LATE_REVIEW,
            "L5",
            "this account was handed over; late work goes to review",
        ),
    })
}

fn refused() -> Entry {
    Entry::Unaccepted(Unaccepted {
        author: story::author(6),
        item: story::hash_of(b"not an item"),
        held: false,
        record: None,
        account: None,
        reason: Reason::new(code::MALFORMED, "I5", "the item is malformed; update the app"),
    })
}

fn fate() -> Entry {
    Entry::Fate(Fate {
        author: story::author(3),
        fate: "released".to_owned(),
        by: story::colleague(),
        text: "She had agreed to it on the phone.".to_owned(),
        item: item_hash(&encode(&items::outbox()[2].2)),
    })
}

fn placed() -> Entry {
    let previous = Some(story::territory());
    Entry::Placed(Placed {
        territory: story::other_territory(),
        accounts: [story::account(), story::other_account()]
            .map(|account| PlacedAccount { account, previous })
            .to_vec(),
        by: story::colleague(),
    })
}

fn placed_first() -> Entry {
    Entry::Placed(Placed {
        territory: story::territory(),
        accounts: vec![PlacedAccount { account: story::account(), previous: None }],
        by: story::colleague(),
    })
}

fn reference() -> Entry {
    Entry::Reference(Reference {
        set: "products".to_owned(),
        items: vec![
            ReferenceItem { key: "OAT-1L".to_owned(), json: Some("{\"name\":\"Oat milk\"}".to_owned()) },
            ReferenceItem { key: "OAT-2L".to_owned(), json: None },
        ],
    })
}

fn conflict() -> Entry {
    Entry::Conflict(Conflict {
        record: story::visit(),
        account: story::account(),
        author: story::author(3),
        fields: vec![ConflictField {
            path: vec!["next_step".to_owned()],
            kept: "\"Send the price list\"".to_owned(),
            late: "null".to_owned(),
        }],
        source: None,
    })
}

fn conflict_of_part() -> Entry {
    Entry::Conflict(Conflict {
        record: story::other_account().record(),
        account: story::other_account(),
        author: story::author(3),
        fields: vec![ConflictField {
            path: vec!["phone".to_owned()],
            kept: "\"+41 44 1\"".to_owned(),
            late: "\"+41 44 2\"".to_owned(),
        }],
        source: Some(story::account().record()),
    })
}

fn revoked(blocked: bool) -> Entry {
    let note = (!blocked).then(|| "Your new phone is at the office.".to_owned());
    Entry::Revoked(Revoked { device: story::device(), blocked, note })
}

fn wiped() -> Entry {
    let store_generation = story::STORE_GENERATION;
    Entry::Wiped(Wiped { device: story::device(), store_generation, number: 8 })
}

pub fn vectors() -> Vec<Vector> {
    let vector = |(name, about, entry): (_, _, Entry)| {
        let bytes = encode(&entry);
        let derived = vec![
            ("word", Json::text(entry.word())),
            ("salt", story::SALT.readable()),
            ("entry_hash", entry_hash(&story::SALT, &bytes).readable()),
        ];
        Vector { name, about, decoded: entry.readable(), bytes, derived }
    };
    log().into_iter().map(vector).collect()
}

/// Entry hashes of [`log`] with the chain hash after each, from position 1.
pub fn chain() -> Vec<(u64, Hash, Hash)> {
    let mut chain = Hash([0; 32]);
    let step = |(position, (_, _, entry)): (u64, (_, _, Entry))| {
        let hash = entry_hash(&story::SALT, &encode(&entry));
        chain = chain_hash(&chain, position, &hash);
        (position, hash, chain)
    };
    (1..).zip(log()).map(step).collect()
}
