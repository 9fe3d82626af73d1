//! The fixed values that all vectors share: one device's first day, with published keys, so that everything can be
//! computed again. Nothing here is secret, and no real device or server may use these keys.

use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature as Ecdsa, SigningKey};
use roadbook_model::{AccountId, DeviceId, LeaseId, PersonId, RecordId, RequestId, TerritoryId};
use roadbook_protocol::entry::Author;
use roadbook_protocol::{Hash, Mark, Nonce, Signature, Tag16};
use sha2::{Digest, Sha256};

use super::json::Json;

/// 2026-11-20, 08:00 UTC, in milliseconds since 1970.
pub const MORNING_MS: u64 = 1_795_161_600_000;
pub const ORIGIN: &str = "https://roadbook.example";
pub const PATH: &str = "/v1/sync";
pub const STORE_GENERATION: u32 = 1;
pub const EPOCH: Tag16 = Tag16([0xe0; 16]);
pub const SALT: Tag16 = Tag16([0x5a; 16]);
pub const NONCE: Nonce = Nonce([0x7e; 16]);
pub const NEXT_NONCE: Nonce = Nonce([0x7f; 16]);
pub const DIGEST_KEY: Tag16 = Tag16([0xd9; 16]);

/// The private key of RFC 6979, A.2.5.
const DEVICE_KEY: [u8; 32] = [
    0xc9, 0xaf, 0xa9, 0xd8, 0x45, 0xba, 0x75, 0x16, 0x6b, 0x5c, 0x21, 0x57, 0x67, 0xb1, 0xd6, 0x93, 0x4e,
    0x50, 0xc3, 0xdb, 0x36, 0xe8, 0x9b, 0x12, 0x7b, 0x8a, 0x62, 0x2b, 0x12, 0x0f, 0x67, 0x21,
];

/// An account's first change: name, type, town and currency.
pub const ACCOUNT_CHANGE: &str = "856f4a83953e1c160188010010d46836813883ba0e01ca9e96fbcd281c0101bcfcffd7060000061532\
    340142055609571d70027a046e616d650c6163636f756e745f7479706504636974790863757272656e637904746167730b6465736372697074\
    696f6e0604017e00047cd601860156360200436166c3a9204b72616e69636870726f7370656374426173656c4348460600";
/// A visit's first change: checked in, with a note.
pub const VISIT_CHANGE: &str = "856f4a83e1a0d62201900100105a48bb629ec2b9f5210122a9af3206ac0101f8fcffd70600000a01040204\
    11041307151d340242065607571f700200030f0000030f0300040e0000037e00040d017d0573746174650d636865636b65645f696e5f617405\
    6e6f746573000f030f02017f040f017da60169000f16636865636b65645f696ec089e8bf9f3457616e7473206f6174206d696c6b2e1200";
/// Its second: checked out, and a sentence more.
pub const VISIT_CHANGE_2: &str = "856f4a8378d2f49d01af0101e1a0d6220953f65141faca65af2fb1d635a0558418f15b14fa5eb5a5f7fb\
    5d33105a48bb629ec2b9f5210122a9af3206ac0213dc8780d80600000c01040204110413071518340242025606571e70047102730200020d00\
    00020d0300020d0000027e12030b017e0573746174650e636865636b65645f6f75745f6174000d020d0f017eb601690d16636865636b65645f\
    6f7574e0a6bcc09f34203132206c2061207765656b2e7f010e007f007f01";

pub fn device_key() -> SigningKey {
    key(&DEVICE_KEY)
}

/// The private key 01 02 .. 20.
pub fn server_key() -> SigningKey {
    key(&std::array::from_fn(|n| n as u8 + 1))
}

fn key(bytes: &[u8; 32]) -> SigningKey {
    match SigningKey::from_slice(bytes) {
        Ok(key) => key,
        Err(error) => unreachable!("a fixed key: {error}"),
    }
}

/// ECDSA with SHA-256, deterministic as in RFC 6979. A proof is the SHA-256 of a text: this signs that text.
pub fn sign(key: &SigningKey, proof: &Hash) -> Signature {
    match PrehashSigner::<Ecdsa>::sign_prehash(key, &proof.0) {
        Ok(signature) => Signature(signature.to_bytes().into()),
        Err(error) => unreachable!("a hash of 32 bytes: {error}"),
    }
}

/// A public key in the two forms that libraries ask for.
pub fn public_key(key: &SigningKey) -> Json {
    let point = |compress| Json::hex(key.verifying_key().to_encoded_point(compress).as_bytes());
    Json::Object(vec![("sec1_compressed", point(true)), ("sec1_uncompressed", point(false))])
}

pub fn device() -> DeviceId {
    DeviceId::new(MORNING_MS - 86_400_000, [0xd1; 10])
}

pub fn person() -> PersonId {
    PersonId::new(MORNING_MS - 864_000_000, [0xbe; 10])
}

pub fn colleague() -> PersonId {
    PersonId::new(MORNING_MS - 864_000_000, [0xce; 10])
}

pub fn territory() -> TerritoryId {
    TerritoryId::new(MORNING_MS - 864_000_000, [0x70; 10])
}

pub fn other_territory() -> TerritoryId {
    TerritoryId::new(MORNING_MS - 864_000_000, [0x71; 10])
}

pub fn territory_lease() -> LeaseId {
    LeaseId::new(MORNING_MS - 86_000_000, [0x1e; 10])
}

pub fn account_lease() -> LeaseId {
    LeaseId::new(MORNING_MS + 60_000, [0x1f; 10])
}

pub fn other_account() -> AccountId {
    AccountId::new(MORNING_MS - 86_400_000, [0xa2; 10])
}

pub fn account() -> AccountId {
    AccountId::new(MORNING_MS + 60_000, [0xa1; 10])
}

pub fn visit() -> RecordId {
    RecordId::new(MORNING_MS + 120_000, [0xb1; 10])
}

pub fn order() -> RecordId {
    RecordId::new(MORNING_MS + 1_200_000, [0x0d; 10])
}

pub fn request() -> RequestId {
    RequestId::new(MORNING_MS + 1_260_000, [0x4e; 10])
}

/// The same wish, asked again.
pub fn request_anew() -> RequestId {
    RequestId::new(MORNING_MS + 1_680_000, [0x4f; 10])
}

/// Whoever pushed item `number`.
pub fn author(number: u64) -> Author {
    Author { person: person(), device: Some(device()), store_generation: STORE_GENERATION, number }
}

/// The wall clock, so many seconds into the day.
pub fn at_ms(seconds: i64) -> i64 {
    MORNING_MS as i64 + 1000 * seconds
}

/// A chain hash to stand for the log at a position.
pub fn mark(position: u64) -> Mark {
    Mark { position, chain: hash_of(&position.to_be_bytes()).tag() }
}

pub fn hash_of(bytes: &[u8]) -> Hash {
    Hash(Sha256::digest(bytes).into())
}

/// The name of a change chunk of type 1: SHA-256 over everything behind its magic and checksum.
pub fn change_hash(chunk: &[u8]) -> Hash {
    hash_of(&chunk[8..])
}

/// The bytes that hexadecimal text stands for.
pub fn bytes(hex: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or_default() as u8;
    hex.as_bytes().chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

/// A raw deflate stream of stored blocks: valid, and the same whatever library wrote it.
pub fn stored(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 16);
    let mut blocks = body.chunks(usize::from(u16::MAX)).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(u8::from(blocks.peek().is_none()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    out
}
