//! Accounts that turned out to be one: what is part of what, and how one is merged into another. Nothing moves between
//! them; records, leases and digests stay with the account that they name, and whoever asks what belongs to whom asks for
//! the root.

use std::collections::{BTreeMap, BTreeSet};

use automerge::Automerge;
use roadbook_model::rebase::rebase;
use roadbook_model::{AccountId, Edit, Envelope, Fields, Kind, PersonId, Value, document};
use roadbook_protocol::entry::{Alias, Author, Conflict, ConflictField, Placed, PlacedAccount, Subject};
use roadbook_protocol::{Entry, Reason, code};

use super::book::Book;
use super::place::{Handover, Moved, pieces};
use super::rows::Lease;

/// What a merge did, or (of a copy of the book) would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// The position of the alias entry.
    pub position: u64,
    /// The account that it is part of now: the root of the one that was named.
    pub root: AccountId,
    /// Everything that has this root by it: the account and what was merged into it before.
    pub parts: Vec<AccountId>,
    /// What moved with it.
    pub moved: Moved,
}

impl Book {
    /// The account that an account is part of; of most, itself. Both are among those fetched.
    pub fn root_of(&self, account: AccountId) -> AccountId {
        self.accounts.get(&account).and_then(|row| row.root).unwrap_or(account)
    }

    /// Rule M4: whether a lease is on an account, or on another with the same root.
    pub(super) fn is_on(&self, lease: &Lease, account: AccountId) -> bool {
        match lease.subject {
            Subject::Account(leased) => self.root_of(leased) == self.root_of(account),
            Subject::Territory(_) => false,
        }
    }

    /// Rule M3: what a grant says of an account that is part of another.
    pub(super) fn root_if_part(&self, subject: Subject) -> Option<AccountId> {
        match subject {
            Subject::Account(account) => self.accounts.get(&account)?.root,
            Subject::Territory(_) => None,
        }
    }

    /// What was merged into an account.
    fn parts_of(&self, root: AccountId) -> impl Iterator<Item = AccountId> {
        self.accounts.values().filter(move |row| row.root == Some(root)).map(|row| row.id)
    }

    /// Rule M2: these accounts, each with all that has the same root; each once, in order.
    pub(super) fn whole(&self, accounts: &[AccountId]) -> Vec<AccountId> {
        let mut seen = BTreeSet::new();
        let roots = accounts.iter().map(|account| self.root_of(*account));
        let all = roots.flat_map(|root| std::iter::once(root).chain(self.parts_of(root)));
        all.filter(|account| seen.insert(*account)).collect()
    }

    /// Merges an account into another, or into what that one is part of. Both, what is part of them, their leases and
    /// territories are among those fetched.
    ///
    /// # Errors
    /// `unknown_record`; `already_merged`; `merge_cycle`.
    pub fn merge(
        &mut self,
        account: AccountId,
        into: AccountId,
        by: PersonId,
        terms: &Handover,
    ) -> Result<Merged, Reason> {
        let root = self.may_merge(account, into)?;
        let parts: Vec<AccountId> = std::iter::once(account).chain(self.parts_of(account)).collect();
        let Some(territory) = self.accounts.get(&root).map(|row| row.territory) else {
            return Err(no_account());
        };
        let mut placed = Vec::new();
        for part in &parts {
            let Some(row) = self.accounts.get_mut(part) else { continue };
            row.root = Some(root);
            let previous = std::mem::replace(&mut row.territory, territory);
            if previous != territory {
                placed.push(PlacedAccount { account: *part, previous: Some(previous) });
            }
            self.out.accounts.insert(*part);
        }
        let (mut gaining, mut losing) = (BTreeMap::new(), BTreeMap::new());
        let holders = self.holders(&parts);
        for part in &parts {
            self.compare(*part, &holders, &mut gaining, &mut losing);
        }
        let count = u32::try_from(placed.len()).unwrap_or(u32::MAX);
        let mut moved = Moved { accounts: count, ..Moved::default() };
        // Who loses it is told so, and not of the root; who gets it learns of the root by the grant.
        self.carry_out(BTreeMap::new(), losing, terms, &mut moved);
        for accounts in pieces(placed) {
            self.append(Entry::Placed(Placed { territory, accounts, by }));
        }
        let alias = Alias { account, root, by, note: terms.note.clone() };
        let position = self.append(Entry::Alias(alias));
        self.carry_out(gaining, BTreeMap::new(), terms, &mut moved);
        Ok(Merged { position, root, parts, moved })
    }

    /// Rule M1: the root that the account would get, if it may be merged.
    fn may_merge(&self, account: AccountId, into: AccountId) -> Result<AccountId, Reason> {
        let row = self.accounts.get(&account).ok_or_else(no_account)?;
        if !self.accounts.contains_key(&into) {
            return Err(no_account());
        }
        let root = self.root_of(into);
        if root == account {
            let text = "an account cannot be merged into itself, nor into what was merged into it";
            return Err(Reason::new(code::MERGE_CYCLE, "M1", text));
        }
        if let Some(known) = row.root {
            let text = format!("this account was merged into {known} already; merge that one");
            return Err(Reason::new(code::ALREADY_MERGED, "M1", text));
        }
        Ok(root)
    }

    /// Rule M6: what somebody wrote to a merged account's own record, and its root's record does not say, is shown there.
    /// `base` is the merged account's document before.
    pub(super) fn tell_root(&mut self, author: Author, envelope: &Envelope, base: &Automerge) {
        let root = self.root_of(envelope.account);
        if envelope.kind != Kind::ACCOUNT || root == envelope.account {
            return;
        }
        let (Some(part), Some(own)) = (self.records.get(&envelope.id), self.records.get(&root.record()))
        else {
            return;
        };
        let spec = envelope.kind.spec();
        let [before, after, stands] = [base, &part.doc, &own.doc].map(|doc| document::hydrate(spec, doc));
        let rebased = rebase(spec, &before, &after, &stands);
        let edited = rebased.edits.into_iter().map(|edit| match edit {
            Edit::Put { path, .. } | Edit::Delete { path } | Edit::Splice { path, .. } => path,
        });
        let paths: BTreeSet<_> =
            edited.chain(rebased.conflicts.into_iter().map(|conflict| conflict.path)).collect();
        let fields: Vec<ConflictField> = paths
            .into_iter()
            .map(|path| ConflictField { kept: json_at(&stands, &path), late: json_at(&after, &path), path })
            .collect();
        if !fields.is_empty() {
            let source = Some(envelope.id);
            let conflict = Conflict { record: root.record(), account: root, author, fields, source };
            self.append(Entry::Conflict(conflict));
        }
    }
}

/// The value at a path as JSON, `null` where there is none.
fn json_at(fields: &Fields, path: &[String]) -> String {
    let found = path.split_last().and_then(|(last, above)| {
        above.iter().fold(fields, |fields, name| Value::entries(fields.get(name))).get(last)
    });
    super::late::json_of(found)
}

fn no_account() -> Reason {
    Reason::new(code::UNKNOWN_RECORD, "M1", "there is no such account")
}
