//! Who the customer is: from the account's own record alone.

use crate::brief::dossier::{Part, View, one_line};
use crate::brief::{Fact, Section, Statement, Topic};
use crate::value::Value;

const MOST: usize = 8;

pub(in crate::brief) fn section(view: &View<'_>) -> Section {
    let statements = view.profile.map(statements).unwrap_or_default();
    Section::of(Topic::Customer, statements, MOST)
}

fn statements(profile: &Part) -> Vec<Statement> {
    let mut said = vec![identity(profile)];
    let mut list = |names: &[&str], fact: fn(Vec<String>) -> Fact| {
        let parts: Vec<String> = names.iter().filter_map(|name| profile.line(name)).collect();
        if !parts.is_empty() {
            said.push(Statement::new(fact(parts), vec![profile.source(names)]));
        }
    };
    list(&["street", "postal_code", "city", "region", "country"], |parts| Fact::Address { parts });
    list(&["phone", "email", "website"], |parts| Fact::Reach { parts });
    said.extend(terms(profile));
    said.extend(tags(profile));
    if let Some(days) = profile.int("visit_every_days") {
        said.push(Statement::new(Fact::VisitEvery { days }, vec![profile.source(&["visit_every_days"])]));
    }
    if let Some(excerpt) = profile.excerpt("description") {
        said.push(Statement::new(Fact::Description { excerpt }, vec![profile.source(&["description"])]));
    }
    said
}

fn identity(profile: &Part) -> Statement {
    let fact = Fact::Identity {
        name: profile.line("name").unwrap_or_default(),
        external_id: profile.line("external_id"),
        account_type: profile.line("account_type"),
        segment: profile.line("segment"),
    };
    Statement::new(fact, vec![profile.source(&["name", "external_id", "account_type", "segment"])])
}

fn terms(profile: &Part) -> Option<Statement> {
    let names = ["payment_terms", "price_list", "currency"];
    let [payment_terms, price_list, currency] = names.map(|name| profile.line(name));
    if payment_terms.is_none() && price_list.is_none() && currency.is_none() {
        return None;
    }
    let fact = Fact::Terms { payment_terms, price_list, currency };
    Some(Statement::new(fact, vec![profile.source(&names)]))
}

fn tags(profile: &Part) -> Option<Statement> {
    let mut tags: Vec<String> = Value::entries(profile.fields.get("tags"))
        .values()
        .filter_map(|item| match Value::entries(Some(item)).get("tag") {
            Some(Value::Str(tag)) => Some(one_line(tag)),
            _ => None,
        })
        .collect();
    tags.sort_unstable();
    tags.dedup();
    // As many as one reads at a glance; the record has them all.
    tags.truncate(20);
    (!tags.is_empty()).then(|| Statement::new(Fact::Tags { tags }, vec![profile.source(&["tags"])]))
}
