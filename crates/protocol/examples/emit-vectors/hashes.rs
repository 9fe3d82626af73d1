//! What is derived without a frame: actors, digests and the log's chain. Computed here from the specification's own
//! words; the engine's tests compare theirs with these.

use roadbook_model::RecordId;
use roadbook_protocol::Hash;
use roadbook_protocol::entry::{chain_hash, entry_hash};

use super::json::Json;
use super::readable::Readable;
use super::{entries, story};

/// A named computation: what goes in, the text that is hashed, what comes out.
fn computed(
    name: &'static str,
    about: &'static str,
    input: Vec<(&'static str, Json)>,
    text: &[u8],
    derived: Vec<(&'static str, Json)>,
) -> Json {
    Json::Object(vec![
        ("name", Json::text(name)),
        ("about", Json::text(about)),
        ("input", Json::Object(input)),
        ("text", Json::hex(text)),
        ("derived", Json::Object(derived)),
    ])
}

pub fn actors() -> Vec<Json> {
    let device = |name, about, store_generation: u32, record: RecordId, branch: u32| {
        let text = [
            &b"roadbook/actor/device/1\0"[..],
            story::device().as_bytes(),
            &store_generation.to_be_bytes(),
            record.as_bytes(),
            &branch.to_be_bytes(),
        ]
        .concat();
        let input = vec![
            ("device", story::device().readable()),
            ("store_generation", store_generation.readable()),
            ("record", record.readable()),
            ("branch", branch.readable()),
        ];
        computed(name, about, input, &text, vec![("actor", story::hash_of(&text).tag().readable())])
    };
    let record = story::visit();
    let text = [&b"roadbook/actor/server/1\0"[..], &story::EPOCH.0, record.as_bytes()].concat();
    let input = vec![("epoch", story::EPOCH.readable()), ("record", record.readable())];
    let derived = vec![("actor", story::hash_of(&text).tag().readable())];
    vec![
        device("device", "the actor of the account's first change", 1, story::account().record(), 0),
        device("device_visit", "the actor of the visit's changes", 1, record, 0),
        device("device_branch", "after a refusal", 1, record, 1),
        device("device_generation", "after a restore of the store", 0x0102_0304, record, 0),
        computed("server", "the server's own actor", input, &text, derived),
    ]
}

pub fn digests() -> Vec<Json> {
    let first = story::change_hash(&story::bytes(story::VISIT_CHANGE));
    let second = story::change_hash(&story::bytes(story::VISIT_CHANGE_2));
    let record = |name, about, generation: u32, heads: &[Hash]| {
        let mut sorted = heads.to_vec();
        sorted.sort_unstable();
        let mut text = b"roadbook digest 1\0".to_vec();
        text.extend(story::DIGEST_KEY.0);
        text.extend(story::visit().as_bytes());
        text.extend(generation.to_be_bytes());
        sorted.iter().for_each(|head| text.extend(head.0));
        let input = vec![
            ("digest_key", story::DIGEST_KEY.readable()),
            ("record", story::visit().readable()),
            ("generation", generation.readable()),
            ("heads", heads.to_vec().readable()),
        ];
        let digest = first_eight(&story::hash_of(&text));
        (digest, computed(name, about, input, &text, vec![("digest", digest.readable())]))
    };
    let (one, one_head) = record("one_head", "the visit after its second change", 0, &[second]);
    let (two, two_heads) =
        record("two_heads", "heads are hashed in ascending order, however they come", 3, &[second, first]);
    let sum = one.wrapping_add(two).wrapping_add(u64::MAX);
    let parts = vec![one, two, u64::MAX].readable();
    let derived = vec![("digest", sum.readable())];
    let summed =
        computed("sum", "a sum modulo 2^64; nothing is hashed", vec![("parts", parts)], &[], derived);
    vec![one_head, two_heads, summed]
}

fn first_eight(hash: &Hash) -> u64 {
    hash.0[..8].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

pub fn chain() -> Vec<Json> {
    let mut previous = Hash([0; 32]);
    let mut steps = Vec::new();
    for ((name, _, entry), (position, hash, chain)) in entries::log().into_iter().zip(entries::chain()) {
        debug_assert_eq!(hash, entry_hash(&story::SALT, &roadbook_protocol::encode(&entry)));
        debug_assert_eq!(chain, chain_hash(&previous, position, &hash));
        let text = [&b"roadbook chain 1\0"[..], &previous.0, &position.to_be_bytes(), &hash.0].concat();
        let input = vec![
            ("previous", previous.readable()),
            ("position", position.readable()),
            ("entry_hash", hash.readable()),
        ];
        let derived = vec![("chain_hash", chain.readable()), ("mark", chain.tag().readable())];
        steps.push(computed(name, "the entry of this name in entries.json", input, &text, derived));
        previous = chain;
    }
    steps
}
