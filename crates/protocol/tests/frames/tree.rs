//! CBOR as a tree, to change a value in ways that no type of ours can express.

use minicbor::data::Type;
use minicbor::{Decoder, Encoder};

/// What frames are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Number(i128),
    /// A byte string.
    Bytes(Vec<u8>),
    /// A text string.
    Text(String),
    /// An array.
    Array(Vec<Tree>),
}

impl Tree {
    /// The tree of one value.
    pub fn read(bytes: &[u8]) -> Self {
        Self::next(&mut Decoder::new(bytes))
    }

    fn next(decoder: &mut Decoder<'_>) -> Self {
        match decoder.datatype().unwrap() {
            Type::Null => {
                decoder.null().unwrap();
                Self::Null
            }
            Type::Bool => Self::Bool(decoder.bool().unwrap()),
            Type::Bytes => Self::Bytes(decoder.bytes().unwrap().to_vec()),
            Type::String => Self::Text(decoder.str().unwrap().to_owned()),
            Type::Array => {
                let count = decoder.array().unwrap().unwrap();
                Self::Array((0..count).map(|_| Self::next(decoder)).collect())
            }
            _ => Self::Number(decoder.int().unwrap().into()),
        }
    }

    /// The value's bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut encoder = Encoder::new(Vec::new());
        self.write(&mut encoder);
        encoder.into_writer()
    }

    fn write(&self, encoder: &mut Encoder<Vec<u8>>) {
        match self {
            Self::Null => drop(encoder.null().unwrap()),
            Self::Bool(value) => drop(encoder.bool(*value).unwrap()),
            Self::Number(value) => drop(encoder.int((*value).try_into().unwrap()).unwrap()),
            Self::Bytes(bytes) => drop(encoder.bytes(bytes).unwrap()),
            Self::Text(text) => drop(encoder.str(text).unwrap()),
            Self::Array(items) => {
                encoder.array(items.len() as u64).unwrap();
                items.iter().for_each(|item| item.write(encoder));
            }
        }
    }

    /// The array at a path of indices.
    pub fn array_at(&mut self, path: &[usize]) -> &mut Vec<Self> {
        let Self::Array(items) = self else { panic!("no array is left before {path:?}") };
        match path {
            [] => items,
            [first, rest @ ..] => items[*first].array_at(rest),
        }
    }
}
