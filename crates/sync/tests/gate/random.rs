//! Chance from a seed.

/// A number from the environment, for longer runs than the usual one.
pub fn asked(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|number| number.parse().ok()).unwrap_or(otherwise)
}

/// Marsaglia's xorshift: small, and the same everywhere. The seed is not 0.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    pub fn word<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }

    /// Mostly small, sometimes at an edge.
    pub fn small(&mut self) -> u64 {
        match self.below(8) {
            0 => self.next(),
            1 => u64::from(u32::MAX) - self.below(3) as u64,
            2 => self.below(100_000) as u64,
            _ => self.below(40) as u64,
        }
    }
}
