//! What the rows of a file are: records of a kind, consents of contacts, or values of a set of reference data.

use roadbook_model::{Kind, plan, pricing};

use super::{consents, guess, target, values};

/// What the rows of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowsOf {
    /// Accounts or contacts.
    Records(Kind),
    /// What contacts consented to, and took back.
    Consents,
    /// Values of this set.
    Values(&'static str),
}

impl From<Kind> for RowsOf {
    fn from(kind: Kind) -> Self {
        Self::Records(kind)
    }
}

impl RowsOf {
    /// Everything that a file may hold.
    pub fn all() -> impl Iterator<Item = Self> {
        let sets = pricing::reference::SETS.into_iter().chain(plan::reference::SETS).map(Self::Values);
        [Self::Records(Kind::ACCOUNT), Self::Records(Kind::CONTACT), Self::Consents].into_iter().chain(sets)
    }

    /// Its word everywhere.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Records(kind) => kind.name(),
            Self::Consents => "consent",
            Self::Values(set) => set,
        }
    }

    /// What has this word.
    pub fn find(word: &str) -> Option<Self> {
        Self::all().find(|one| one.as_str() == word)
    }

    /// Everything that a column may be for.
    pub fn names(self) -> Vec<&'static str> {
        match self {
            Self::Records(kind) => target::names(kind),
            Self::Consents => consents::NAMES.to_vec(),
            Self::Values(set) => values::names(set),
        }
    }

    /// What columns are most likely for, each word once.
    pub fn guess(self, columns: &[String]) -> Vec<Option<&'static str>> {
        guess::all(&self.names(), columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_guessed_from_itself_and_stands_once() {
        for rows in RowsOf::all() {
            assert_eq!(RowsOf::find(rows.as_str()), Some(rows));
            let names: Vec<String> = rows.names().into_iter().map(str::to_owned).collect();
            let guessed: Vec<String> = rows.guess(&names).into_iter().flatten().map(str::to_owned).collect();
            assert_eq!(guessed, names, "{}", rows.as_str());
        }
    }
}
