//! Damaged and forged changes by the thousand, from a fixed seed: whatever is admitted is a sound record, and nothing
//! panics out of the gate.

use std::collections::BTreeMap;

use automerge::{Automerge, ScalarValue};
use roadbook_model::document::{change_bytes, edit, hydrate, load_changes};
use roadbook_model::{Edit, Kind, Value};
use roadbook_sync::gate::{Admitted, prescan};

use crate::random::{Random, asked};
use crate::world::*;
use crate::writer::*;

/// How many by default. `ROADBOOK_MUTANTS` asks for another number, `ROADBOOK_SEED` for another seed.
const MUTANTS: u64 = 20_000;
const SEED: u64 = 0x5eed_0f20_2611_2200;

/// A change that the record would admit, and the record.
struct Seed {
    base: Option<Automerge>,
    device: u8,
    change: Vec<u8>,
}

fn seeds() -> Vec<Seed> {
    let (doc, first) = new_order(1);
    let base = offer(None, 1, std::slice::from_ref(&first)).unwrap().doc;
    let mut seeds = vec![Seed { base: None, device: 1, change: first }];
    let by = |base: &Automerge, seen: &Automerge, device: u8, edits: &[Edit]| {
        // Something that is new in any case: what the others wrote may be what this one would.
        let edits = [edits, &[put(["ship_name"], str(&format!("Dock {device}")))]].concat();
        Seed { base: Some(base.clone()), device, change: change_order(&mut seen.clone(), device, &edits) }
    };
    let edits: [&[Edit]; 5] = [
        &[put(["state"], str("quote")), put(["reference"], str("PO 4"))],
        &[splice("notes", 4, 5, "gently"), splice("notes", 20, 0, "…")],
        &[put(["lines", LINE_3], line("konbu", 4)), put(["lines", LINE_1, "quantity"], Value::Int(8))],
        &[Edit::Delete { path: path(["lines", LINE_1]) }, splice("notes", 0, 10, "")],
        &[put(["valid_until"], str("2027-01-01")), put(["freight_minor"], Value::Int(990))],
    ];
    seeds.extend(edits.iter().map(|edits| by(&base, &doc, 1, edits)));
    // Another device's work in between, seen or not seen by the writer.
    let theirs = by(&base, &doc, 2, &[edits[0], edits[1], edits[2]].concat());
    let merged = offer(Some(&base), 2, &[theirs.change]).unwrap().doc;
    seeds.extend(edits.iter().map(|edits| by(&merged, &doc, 1, edits)));
    seeds.extend(edits.iter().map(|edits| by(&merged, &merged, 3, edits)));
    let both = offer(Some(&merged), 1, &[seeds[7].change.clone()]).unwrap().doc;
    seeds.extend(edits.iter().map(|edits| by(&both, &both, 3, edits)));
    // Conflicts settled, by another value and by the one that won.
    for (device, reference) in [(3, "A"), (4, "B")] {
        let change = by(&both, &doc, device, &[put(["reference"], str(reference))]).change;
        seeds.push(Seed { base: Some(both.clone()), device, change });
    }
    let [one, other] = [&seeds[seeds.len() - 2], &seeds[seeds.len() - 1]].map(|seed| seed.change.clone());
    let split = offer(Some(&both), 3, &[one]).unwrap().doc;
    let split = offer(Some(&split), 4, &[other]).unwrap().doc;
    seeds.extend(["A", "B", "PO 4", "C"].map(|word| by(&split, &split, 5, &[put(["reference"], str(word))])));
    for seed in &seeds {
        offer(seed.base.as_ref(), seed.device, std::slice::from_ref(&seed.change)).unwrap();
    }
    seeds
}

fn damage(random: &mut Random, bytes: &mut Vec<u8>) {
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        match random.below(6) {
            0 if !bytes.is_empty() => drop(bytes.remove(at)),
            1 => bytes.insert(at, random.next() as u8),
            2 if !bytes.is_empty() => bytes[at] = random.next() as u8,
            3 if !bytes.is_empty() => bytes[at] = bytes[random.below(bytes.len())],
            _ if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
            _ => {}
        }
    }
}

fn id(random: &mut Random, near: u64) -> Id {
    let counter =
        if random.below(3) == 0 { random.small() } else { (near + 3).saturating_sub(random.small() % 60) };
    (counter & u64::from(u32::MAX), random.below(2) as u64)
}

fn forge_row(random: &mut Random, forged: &mut Forged) {
    let near = forged.start_op + forged.rows.len() as u64;
    let names =
        ["state", "notes", "lines", "currency", "reference", "sku", "quantity", LINE_1, LINE_2, LINE_3, ""];
    let values = [
        ScalarValue::Null,
        ScalarValue::Int(random.small() as i64),
        ScalarValue::Uint(random.small()),
        ScalarValue::F64(f64::from_bits(random.next())),
        ScalarValue::Str("quote".into()),
        ScalarValue::Str("é".into()),
        ScalarValue::Timestamp(random.next() as i64),
        ScalarValue::counter(random.next() as i64),
        ScalarValue::Unknown { type_code: 13, bytes: vec![1] },
    ];
    let at = random.below(forged.rows.len());
    if random.below(6) == 0 {
        let copy = forged.rows[at].clone();
        forged.rows.insert(random.below(forged.rows.len() + 1), copy);
        return;
    }
    let (one, other) = (id(random, near), id(random, near));
    let row = &mut forged.rows[at];
    match random.below(8) {
        0 => row.obj = (random.below(3) > 0).then_some(one),
        1 => row.at = At::Name((*random.pick(&names)).to_owned()),
        2 => row.at = if random.below(4) == 0 { At::Head } else { At::After(one) },
        3 => row.insert = !row.insert,
        4 => row.action = random.below(9) as u64,
        5 => row.value = encode_value(random.pick(&values)),
        6 => row.preds = [one, other][..random.below(3)].to_vec(),
        _ => drop(forged.rows.remove(at)),
    }
}

fn forge(random: &mut Random, seed: &Seed) -> Vec<u8> {
    let mut forged = Forged::of(&seed.change);
    if forged.others.is_empty() && random.below(4) == 0 {
        forged.others.push(actor_of(random.below(4) as u8).to_vec());
    }
    for _ in 0..=random.below(2) {
        match random.below(24) {
            0 => forged.seq = random.small(),
            1 => forged.start_op = random.small(),
            2 => forged.time = random.next() as i64,
            3 => drop(forged.deps.pop()),
            4 => {
                let known: Vec<Vec<u8>> = seed.base.iter().flat_map(change_bytes).collect();
                forged.deps.extend(
                    known.iter().filter(|_| random.below(2) == 0).map(|known| prescan(known).unwrap().hash),
                );
                forged.deps.sort_unstable();
                forged.deps.dedup();
            }
            _ if forged.rows.is_empty() => {}
            _ => forge_row(random, &mut forged),
        }
    }
    forged.chunk()
}

fn mutant(random: &mut Random, seed: &Seed) -> Vec<u8> {
    let change = &seed.change;
    match random.below(3) {
        0 => {
            let mut data = content(change).to_vec();
            damage(random, &mut data);
            frame(1, &data)
        }
        1 => {
            let forged = Forged::of(change);
            let mut columns = forged.columns();
            let column = random.below(columns.len());
            damage(random, &mut columns[column].1);
            forged.chunk_with(&columns)
        }
        _ => forge(random, seed),
    }
}

/// A record that was admitted can be saved, loaded, replayed from its changes, and edited by the next device.
fn assert_sound(admitted: &Admitted) {
    let spec = Kind::ORDER.spec();
    let loaded = Automerge::load(&admitted.doc.save()).unwrap();
    assert_eq!(loaded.get_heads(), admitted.doc.get_heads());
    assert_eq!(hydrate(spec, &loaded), admitted.fields);
    let changes = change_bytes(&loaded);
    let replayed = load_changes(changes.iter().map(Vec::as_slice)).unwrap();
    assert_eq!(hydrate(spec, &replayed), admitted.fields);
    let mut next = loaded.clone();
    let edits = [
        put(["delivery_date"], str("2027-02-03")),
        splice("notes", 0, 0, "Next. "),
        put(["state"], str("draft")),
    ];
    let change = edit(spec, &mut next, actor_of(77), TIME_S, &edits).unwrap().unwrap();
    let after = offer(Some(&loaded), 77, &[change]).unwrap();
    assert_eq!(after.fields, hydrate(spec, &next));
    assert_eq!(after.fields.get("delivery_date"), Some(&str("2027-02-03")));
    assert_eq!(after.doc.hydrate(None), next.hydrate(None));
}

#[test]
fn g5_g6_what_is_admitted_of_mutants_is_sound() {
    let seeds = seeds();
    let saved: Vec<Option<Vec<u8>>> =
        seeds.iter().map(|seed| seed.base.as_ref().map(Automerge::save)).collect();
    let (mutants, seed) = (asked("ROADBOOK_MUTANTS", MUTANTS), asked("ROADBOOK_SEED", SEED));
    let mut random = Random(seed);
    let mut outcomes: BTreeMap<&str, u64> = BTreeMap::new();
    for _ in 0..mutants {
        let seed = random.pick(&seeds);
        let bytes = mutant(&mut random, seed);
        let outcome = match offer(seed.base.as_ref(), seed.device, std::slice::from_ref(&bytes)) {
            Ok(admitted) => {
                if bytes != seed.change {
                    assert_sound(&admitted);
                }
                if bytes == seed.change { "(unchanged)" } else { "(admitted)" }
            }
            Err(refused) => refused.code,
        };
        *outcomes.entry(outcome).or_default() += 1;
    }
    println!("{mutants} mutants from seed {seed}: {outcomes:#?}");
    assert!(outcomes["(admitted)"] > mutants / 100, "the mutants are too wild to show anything");
    for (seed, saved) in seeds.iter().zip(saved) {
        assert_eq!(seed.base.as_ref().map(Automerge::save), saved, "a base was changed");
    }
}

#[test]
fn every_single_bit_of_a_change_matters_or_does_no_harm() {
    let seed = &seeds()[2];
    let data = content(&seed.change);
    let (mut admitted, mut refused) = (0, 0);
    for bit in 0..data.len() * 8 {
        let mut flipped = data.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        match offer(seed.base.as_ref(), seed.device, &[frame(1, &flipped)]) {
            Ok(record) => {
                assert_sound(&record);
                admitted += 1;
            }
            Err(_) => refused += 1,
        }
    }
    println!("{} flipped bits: {admitted} admitted, {refused} refused", data.len() * 8);
}
