//! Honest devices by the hundred histories: they edit apart, hear of each other late or never, and nothing that they
//! write is refused.

use automerge::Automerge;
use roadbook_model::document::{edit, hydrate};
use roadbook_model::{Edit, Kind, Value};

use crate::random::{Random, asked};
use crate::world::*;

/// How many by default. `ROADBOOK_HISTORIES` asks for another number, `ROADBOOK_SEED` for other ones.
const HISTORIES: u64 = 100;
const STEPS: usize = 60;
const DEVICES: usize = 3;

struct Device {
    number: u8,
    doc: Automerge,
    unsent: Vec<Vec<u8>>,
}

fn word(random: &mut Random) -> Value {
    // Few words, so that devices often choose the same: equal values in a conflict are written in a way of their own.
    let words = ["A", "B", "C", "PO 4", "Größe 📦"];
    if random.below(6) == 0 { Value::Null } else { str(random.word(&words)) }
}

fn item(random: &mut Random) -> String {
    format!("01890000-0000-7000-8000-{:012x}", random.below(5))
}

fn random_edit(random: &mut Random) -> Edit {
    let name = random.word(&["reference", "ship_name", "unit", "payment_terms"]);
    let key = item(random);
    match random.below(10) {
        0 => put(["state"], str(random.word(&["draft", "quote"]))),
        1 => put(["freight_minor"], Value::Int(random.below(3) as i64)),
        2 => put(["lines", &key], line(random.word(&["chai", "chang"]), 1 + random.below(3) as i64)),
        3 => put(["lines", &key, "quantity"], Value::Int(1 + random.below(3) as i64)),
        4 => put(
            ["lines", &key, "discount_bp"],
            if random.below(2) == 0 { Value::Null } else { Value::Int(500) },
        ),
        5 => Edit::Delete { path: path(["lines", &key]) },
        6 => put(
            ["notes"],
            Value::Text(random.word(&["", "Short.", "Ring twice, Größe prüfen 📦."]).to_string()),
        ),
        7 => splice(
            "notes",
            random.below(12),
            random.below(5),
            random.word(&["", "x", "é📦", "a longer insertion "]),
        ),
        8 => put(["order_date"], str(random.word(&["2026-11-22", "2026-11-23"]))),
        _ if name == "unit" => put(["lines", &key, "unit"], word(random)),
        _ => put([name], word(random)),
    }
}

fn work(random: &mut Random, device: &mut Device) -> bool {
    let edits: Vec<Edit> = (0..=random.below(3)).map(|_| random_edit(random)).collect();
    // Some edits make no sense on what is there (no such item, beyond the text): the device says so at once.
    let change = edit(Kind::ORDER.spec(), &mut device.doc, actor_of(device.number), TIME_S, &edits);
    let Ok(Some(change)) = change else { return false };
    device.unsent.push(change);
    true
}

fn push(server: &mut Automerge, device: &mut Device) {
    if device.unsent.is_empty() {
        return;
    }
    match offer(Some(server), device.number, &device.unsent) {
        Ok(admitted) => *server = admitted.doc,
        Err(refused) => panic!("device {}: {refused}", device.number),
    }
    device.unsent.clear();
}

fn pull(server: &Automerge, device: &mut Device) {
    let known = device.doc.get_heads();
    let known: Vec<_> =
        known.into_iter().filter(|head| server.get_change_meta_by_hash(head).is_some()).collect();
    device.doc.apply_changes(server.get_changes(&known)).unwrap();
}

#[test]
fn nothing_that_honest_devices_write_is_refused() {
    let (histories, first) = (asked("ROADBOOK_HISTORIES", HISTORIES), asked("ROADBOOK_SEED", 1));
    let mut written = 0;
    for history in first..first + histories {
        // Spreads neighbouring numbers; the last bit keeps it from being 0.
        let mut random = Random(history.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let (doc, first) = new_order(1);
        let mut server = offer(None, 1, &[first]).unwrap().doc;
        let mut devices: Vec<Device> = (1..=DEVICES as u8)
            .map(|number| Device { number, doc: doc.clone(), unsent: Vec::new() })
            .collect();
        for _ in 0..STEPS {
            let device = &mut devices[random.below(DEVICES)];
            match random.below(8) {
                0 | 1 => push(&mut server, device),
                2 => pull(&server, device),
                _ => written += u64::from(work(&mut random, device)),
            }
        }
        devices.iter_mut().for_each(|device| push(&mut server, device));
        for device in &mut devices {
            pull(&server, device);
            assert_eq!(device.doc.hydrate(None), server.hydrate(None), "history {history}");
            assert_eq!(hydrate(Kind::ORDER.spec(), &device.doc), hydrate(Kind::ORDER.spec(), &server));
        }
    }
    println!("{written} honest changes in {histories} histories, none refused");
}
