//! What an item holds, made readable. Held bytes are a client's bytes: they are read only by way of the gate, and what
//! the gate does not let through is shown as its reason instead.

use std::collections::BTreeSet;

use automerge::{Automerge, ChangeHash, ReadDoc};
use roadbook_model::kind::FieldType;
use roadbook_model::permission::Role;
use roadbook_model::rebase::rebase;
use roadbook_model::{Envelope, Fields, Kind, KindSpec, PersonId, Value, document};
use roadbook_protocol::item::Changes;
use roadbook_protocol::{Item, ItemBody};
use roadbook_sync::actor;
use roadbook_sync::gate::{Admitted, Candidate, admit_as_before};
use serde::Serialize;
use serde_json::Value as Json;

use crate::store::office::conflicts::index::value_json;

/// What an item holds.
#[derive(Clone, Debug, Default, Serialize, utoipa::ToSchema)]
#[schema(as = HeldContent)]
pub struct Content {
    /// What it asks: `create`, `edit`, `close`, `discard`, `unreadable`, or the verb of a request.
    pub action: String,
    /// The word of the record's kind, where known.
    pub kind: Option<String>,
    /// What it would change, field by field.
    pub fields: Vec<FieldChange>,
    /// Why its fields cannot be shown, if they cannot.
    pub unreadable: Option<String>,
}

/// One field that an item would change or create.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = HeldField)]
pub struct FieldChange {
    /// Names from the root of the record to the field, or to an item of a collection.
    pub path: Vec<String>,
    /// What stood there when it was captured.
    pub before: Json,
    /// What it says.
    pub held: Json,
    /// What stands there now.
    pub now: Json,
    /// Whether somebody else has changed it since, so that it would not simply be carried over.
    pub conflict: bool,
}

/// What is known of whose work an item is.
#[derive(Clone, Debug)]
pub(super) struct Pusher {
    pub(super) device: roadbook_model::DeviceId,
    pub(super) store_generation: u32,
    pub(super) person: PersonId,
    pub(super) role: Role,
    pub(super) former_roles: Vec<Role>,
}

/// Reads an item. `chain` are the items of its record and branch that were set aside before it and itself, in order;
/// `stored` is the record as it stands.
pub(super) fn content(pusher: &Pusher, chain: &[Vec<u8>], stored: Option<(Envelope, Automerge)>) -> Content {
    let items: Result<Vec<Item>, _> = chain.iter().map(|bytes| Item::read(bytes)).collect();
    let items = match items {
        Ok(items) => items,
        Err(error) => return unreadable("unreadable", stored.as_ref(), error.to_string()),
    };
    let Some(last) = items.last() else { return Content::default() };
    match &last.body {
        ItemBody::Discard(_) => Content { action: "discard".into(), ..Content::default() },
        ItemBody::Close => Content { action: "close".into(), ..Content::default() },
        ItemBody::Wiped => Content { action: "wiped".into(), ..Content::default() },
        ItemBody::Request(request) => {
            let kind = stored.map(|(envelope, _)| envelope.kind.name().to_owned());
            Content { action: request.verb.clone(), kind, ..Content::default() }
        }
        ItemBody::Changes(body) => {
            let action = if body.new.is_some() { "create" } else { "edit" };
            match changes(pusher, &items, stored.as_ref()) {
                Ok((kind, fields)) => Content {
                    action: action.to_owned(),
                    kind: Some(kind.name().to_owned()),
                    fields,
                    unreadable: None,
                },
                Err(text) => {
                    let named = body.new.as_ref().map(|new| new.kind.clone());
                    let content = unreadable(action, stored.as_ref(), text);
                    Content { kind: content.kind.clone().or(named), ..content }
                }
            }
        }
    }
}

fn unreadable(action: &str, stored: Option<&(Envelope, Automerge)>, text: String) -> Content {
    let kind = stored.map(|(envelope, _)| envelope.kind.name().to_owned());
    Content { action: action.to_owned(), kind, fields: Vec::new(), unreadable: Some(text) }
}

/// What the last of these items changes, as the gate reads it on top of the ones before.
fn changes(
    pusher: &Pusher,
    items: &[Item],
    stored: Option<&(Envelope, Automerge)>,
) -> Result<(Kind, Vec<FieldChange>), String> {
    let envelope = envelope(pusher, items, stored)?;
    let spec = envelope.kind.spec();
    let mut doc = stored.map(|(_, doc)| doc.clone());
    let mut last = None;
    for item in items {
        let ItemBody::Changes(body) = &item.body else { continue };
        let admitted = gate(pusher, &envelope, doc.as_ref(), body)?;
        doc = Some(admitted.doc.clone());
        last = Some(admitted);
    }
    let Some(admitted) = last else { return Err("it holds no changes".into()) };
    let now = stored.map(|(_, doc)| document::hydrate(spec, doc)).unwrap_or_default();
    let (base, held) = seen(spec, &admitted)?;
    let conflicts: BTreeSet<Vec<String>> =
        rebase(spec, &base, &held, &now).conflicts.into_iter().map(|conflict| conflict.path).collect();
    Ok((envelope.kind, compared(spec, &base, &held, &now, &conflicts)))
}

/// The record's envelope: as stored, or as the item that creates it says.
fn envelope(
    pusher: &Pusher,
    items: &[Item],
    stored: Option<&(Envelope, Automerge)>,
) -> Result<Envelope, String> {
    if let Some((envelope, _)) = stored {
        return Ok(*envelope);
    }
    let created = items.iter().find_map(|item| match &item.body {
        ItemBody::Changes(body) => body.new.as_ref().map(|new| (body.record, new)),
        _ => None,
    });
    let (id, new) =
        created.ok_or("its record is not here: the item that creates it is missing or was refused")?;
    let kind = Kind::find(&new.kind)
        .ok_or_else(|| format!("this server does not know records of kind {:?} yet", new.kind))?;
    Ok(Envelope { id, kind, account: new.account, creator: pusher.person, generation: 0 })
}

fn gate(
    pusher: &Pusher,
    envelope: &Envelope,
    base: Option<&Automerge>,
    body: &Changes,
) -> Result<Admitted, String> {
    let changes: Vec<Vec<u8>> = body.changes.iter().map(|change| change.0.clone()).collect();
    let candidate = Candidate {
        envelope,
        actor: actor::derive(pusher.device, pusher.store_generation, body.record, body.branch),
        writer_role: pusher.role,
        is_creator: envelope.creator == pusher.person,
        changes: &changes,
    };
    admit_as_before(base, &candidate, &pusher.former_roles).map_err(|refusal| refusal.text)
}

/// The record as its author saw it before and after the last item.
fn seen(spec: &KindSpec, admitted: &Admitted) -> Result<(Fields, Fields), String> {
    let hashes: Vec<ChangeHash> = admitted.hashes.iter().copied().map(ChangeHash).collect();
    let first = hashes.first().and_then(|first| admitted.doc.get_change_by_hash(first));
    let deps = first.map(|change| change.deps().to_vec()).unwrap_or_default();
    let at = |heads: &[ChangeHash]| -> Result<Fields, String> {
        if heads.is_empty() {
            return Ok(Fields::new());
        }
        let view = admitted.doc.fork_at(heads).map_err(|error| error.to_string())?;
        Ok(document::hydrate(spec, &view))
    };
    Ok((at(&deps)?, at(hashes.last().map(std::slice::from_ref).unwrap_or_default())?))
}

/// The fields that differ before and after, each beside what stands now.
pub(in crate::store::office) fn compared(
    spec: &KindSpec,
    base: &Fields,
    held: &Fields,
    now: &Fields,
    conflicts: &BTreeSet<Vec<String>>,
) -> Vec<FieldChange> {
    let mut found = Vec::new();
    let names: BTreeSet<&String> = base.keys().chain(held.keys()).collect();
    for name in names {
        let path = vec![name.clone()];
        let three = [base, held, now].map(|fields| fields.get(name));
        let field = spec.field(name);
        if field.is_some_and(|field| matches!(field.ty, FieldType::Items(_))) {
            items(&path, three.map(Value::entries), conflicts, &mut found);
        } else {
            field_change(path, three, conflicts, &mut found);
        }
    }
    found
}

fn items(
    path: &[String],
    [base, held, now]: [&Fields; 3],
    conflicts: &BTreeSet<Vec<String>>,
    found: &mut Vec<FieldChange>,
) {
    let keys: BTreeSet<&String> = base.keys().chain(held.keys()).collect();
    for key in keys {
        let path: Vec<String> = path.iter().chain([key]).cloned().collect();
        let three = [base, held, now].map(|items| items.get(key));
        let [Some(Value::Map(before)), Some(Value::Map(after)), _] = three else {
            field_change(path, three, conflicts, found);
            continue;
        };
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for name in names {
            let path: Vec<String> = path.iter().chain([name]).cloned().collect();
            let three = [before.get(name), after.get(name), Value::entries(three[2]).get(name)];
            field_change(path, three, conflicts, found);
        }
    }
}

fn field_change(
    path: Vec<String>,
    [base, held, now]: [Option<&Value>; 3],
    conflicts: &BTreeSet<Vec<String>>,
    found: &mut Vec<FieldChange>,
) {
    if base == held {
        return;
    }
    let json = |value: Option<&Value>| value.cloned().map(value_json).unwrap_or_default();
    // An item's field is in conflict where the whole item is, too.
    let conflict = (1..=path.len()).any(|end| path.get(..end).is_some_and(|part| conflicts.contains(part)));
    found.push(FieldChange { before: json(base), held: json(held), now: json(now), conflict, path });
}
