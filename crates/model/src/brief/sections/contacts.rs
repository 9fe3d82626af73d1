//! The people at the account: who works there by name, then who has left.

use crate::brief::dossier::{Part, View};
use crate::brief::{Fact, Section, Statement, Topic};
use crate::kind::Kind;

const MOST: usize = 5;

pub(in crate::brief) fn section(view: &View<'_>) -> Section {
    let mut contacts: Vec<&Part> = view.of_kind(Kind::CONTACT).collect();
    contacts.sort_by_key(|contact| (has_left(contact), contact.line("name"), contact.envelope.id));
    Section::of(Topic::Contacts, contacts.into_iter().map(statement).collect(), MOST)
}

fn has_left(contact: &Part) -> bool {
    contact.word("status") == Some("left")
}

fn statement(contact: &Part) -> Statement {
    let reach = ["phone", "mobile", "email"].iter().filter_map(|name| contact.line(name)).collect();
    let fact = Fact::Contact {
        name: contact.line("name").unwrap_or_default(),
        title: contact.line("title"),
        role: contact.line("role"),
        reach,
        preferred_channel: contact.line("preferred_channel"),
        left: has_left(contact),
        notes: contact.excerpt("notes"),
    };
    let names = ["name", "title", "role", "phone", "mobile", "email", "preferred_channel", "status", "notes"];
    Statement::new(fact, vec![contact.source(&names)])
}
