//! What becomes of quotes and orders: how they are made, handed in, corrected and withdrawn on phones, and what the office
//! says to them. What must hold of them is in [`super::check`].

use roadbook_model::permission::Role;
use roadbook_model::state::{HANDED_IN, PRICES_DIFFER, SUBMITTED, document_open};
use roadbook_model::{Edit, Fields, Kind, RecordId, RequestId, Value, Verb, document, money};
use roadbook_protocol::Reason;
use roadbook_protocol::entry::{Review, ReviewLine};
use roadbook_protocol::item::Request;
use roadbook_sync::device::capture::{self, Ctx};
use roadbook_sync::device::{CaptureError, RecordRow, Rows, content};
use roadbook_sync::ledger::Record;

use super::capture::{one_of, pick};
use super::link;
use super::step::Step;
use super::world::World;
use crate::memory_rows::MemoryRows;
use crate::work;

/// Makes an order. Returns, as everything here, whether the marker is in the work.
pub fn order(rows: &mut MemoryRows, ctx: &mut Ctx<'_>, marker: &str) -> Result<bool, CaptureError> {
    let fields = work::order((ctx.random)(), marker);
    make(rows, ctx, fields)
}

/// Makes a quote.
pub fn quote(rows: &mut MemoryRows, ctx: &mut Ctx<'_>, marker: &str) -> Result<bool, CaptureError> {
    let mut fields = work::order((ctx.random)(), marker);
    fields.insert("state".to_owned(), work::text("quote"));
    fields.insert("valid_until".to_owned(), work::text("2999-12-31"));
    make(rows, ctx, fields)
}

fn make(rows: &mut MemoryRows, ctx: &mut Ctx<'_>, fields: Fields) -> Result<bool, CaptureError> {
    let account = pick(ctx, rows, Kind::ACCOUNT).ok_or(CaptureError::UnknownRecord)?;
    capture::create(rows, ctx, work::new(Kind::ORDER, Some(account), fields)).map(|_| true)
}

/// Hands in what is not handed in, as far as the phone knows.
pub fn submit(rows: &mut MemoryRows, ctx: &mut Ctx<'_>) -> Result<bool, CaptureError> {
    let order = some_order(rows, ctx, |_, state| document_open(Kind::ORDER, state))?;
    capture::request(rows, ctx, Verb::Submit, order).map(|_| false)
}

/// Corrects what was handed in: another quantity of a line, and one line more.
pub fn correct(rows: &mut MemoryRows, ctx: &mut Ctx<'_>, marker: &str) -> Result<bool, CaptureError> {
    let order = some_order(rows, ctx, |is_own, state| is_own && is_underway(state))?;
    let row = rows.record(order)?.ok_or(CaptureError::UnknownRecord)?;
    let doc = content::current(rows, &row)?.map_err(|_| CaptureError::Unreadable)?;
    let doc = doc.ok_or(CaptureError::NotTaken)?;
    let edits = correction(&document::hydrate(Kind::ORDER.spec(), &doc), (ctx.random)(), marker);
    capture::correct(rows, ctx, order, &edits).map(|()| true)
}

/// Withdraws what was handed in.
pub fn withdraw(rows: &mut MemoryRows, ctx: &mut Ctx<'_>) -> Result<bool, CaptureError> {
    let order = some_order(rows, ctx, |is_own, state| is_own && is_handed_in(state))?;
    capture::request(rows, ctx, Verb::Cancel, order).map(|_| false)
}

fn is_handed_in(state: Option<&str>) -> bool {
    state.is_some_and(|state| HANDED_IN.contains(&state))
}

/// Whether an order was handed in or is about to be, and is not through, as a phone shows it.
fn is_underway(state: Option<&str>) -> bool {
    is_handed_in(state) || state == Some("submit asked")
}

/// One of the orders that the app shows, by whether it is the person's own and in which state.
fn some_order(
    rows: &mut MemoryRows,
    ctx: &Ctx<'_>,
    fits: impl Fn(bool, Option<&str>) -> bool,
) -> Result<RecordId, CaptureError> {
    let person = rows.device()?.person;
    let is_order = |row: &&RecordRow| row.envelope.kind.name() == Kind::ORDER.name();
    let is_shown = |row: &&RecordRow| rows.views.contains_key(&row.envelope.id);
    let shown: Vec<RecordRow> = rows.all_records().filter(is_order).filter(is_shown).cloned().collect();
    let mut found = Vec::new();
    for row in shown {
        let state = content::state_of(rows, &row)?;
        if fits(row.envelope.creator == person, state.as_deref()) {
            found.push(row.envelope.id);
        }
    }
    one_of(ctx, &found).ok_or(CaptureError::UnknownRecord)
}

/// The edits of a correction. No line is ever taken off, so that none may be missing in the end.
fn correction(order: &Fields, random: [u8; 10], marker: &str) -> Vec<Edit> {
    let (key, line) = work::line(random, marker);
    let another = |item: &String| Edit::Put {
        path: vec!["lines".to_owned(), item.clone(), "quantity".to_owned()],
        value: Value::Int(i64::from(random[6]) + 1),
    };
    let first = Value::entries(order.get("lines")).keys().next().map(another);
    let more = Edit::Put { path: vec!["lines".to_owned(), key], value: line };
    first.into_iter().chain([more]).collect()
}

/// The office takes up an order of the record, mostly one that was handed in.
pub fn office_handles_one(world: &mut World) {
    let orders = world.server.book.records.iter().filter(|(_, it)| it.envelope.kind == Kind::ORDER);
    let orders: Vec<(RecordId, bool)> = orders.map(|(id, it)| (*id, is_handed_in(state_of(it)))).collect();
    let (handed_in, others): (Vec<_>, Vec<_>) =
        orders.into_iter().partition(|(_, is_handed_in)| *is_handed_in);
    let among = if handed_in.is_empty() || world.random.percent(20) { others } else { handed_in };
    if !among.is_empty() {
        let (order, _) = among[world.random.below(among.len())];
        handle(world, order);
    }
}

/// The office takes up every order that was handed in.
pub fn office_goes_through(world: &mut World) {
    let orders = world.server.book.records.iter().filter(|(_, it)| it.envelope.kind == Kind::ORDER);
    let orders: Vec<RecordId> =
        orders.filter(|(_, it)| is_handed_in(state_of(it))).map(|(id, _)| *id).collect();
    orders.into_iter().for_each(|order| handle(world, order));
}

fn state_of(record: &Record) -> Option<&str> {
    record.decision.as_ref().map(|decision| decision.state.as_str())
}

/// Accepts an order, gives it back, calls it off or corrects it; now and then asks for something that may not be.
fn handle(world: &mut World, order: RecordId) {
    let state = world.server.book.records.get(&order).and_then(state_of).map(str::to_owned);
    let choice = world.random.below(100);
    let done = match (choice, state.as_deref()) {
        (0..20, _) => correct_in_office(world, order),
        (20..40, Some(SUBMITTED)) => review(world, order),
        (40..90, Some(PRICES_DIFFER)) => {
            let verb = if choice.is_multiple_of(2) { Verb::KeepPrice } else { Verb::TakePrice };
            ask(world, verb, order)
        }
        (70..85, _) => ask(world, Verb::Reject, order),
        (85..95, _) => ask(world, Verb::Cancel, order),
        (95..98, _) => ask(world, Verb::Submit, order),
        _ => ask(world, Verb::Accept, order),
    };
    if let Err(reason) = done {
        world.tell(format!("the office does nothing with the order {order}: {}", reason.code));
    }
    link::wake_all(world);
}

/// Asks for a decision in the office's name.
fn ask(world: &mut World, verb: Verb, order: RecordId) -> Result<(), Reason> {
    let now_ms = world.now_ms;
    let id = RequestId::new(now_ms.unsigned_abs(), world.random.bytes());
    let request = Request { id, verb: verb.as_str().to_owned(), record: order, heads: Vec::new() };
    let (admin, sabotage) = (world.admin, world.sabotage);
    let receipt = world.server.append(now_ms, |book| {
        sabotage.inspect(|sabotage| sabotage.before_decision(book, verb, order));
        book.request(Role::Office, admin, &request, Some("so we decided"))
    })?;
    world.tell(format!("the office asks to {verb} the order {order}, at {}", receipt.position));
    Ok(())
}

/// The office corrects an order, under its number if it has one. Now and then it does not get round to handing it in.
fn correct_in_office(world: &mut World, order: RecordId) -> Result<(), Reason> {
    let Some(record) = world.server.book.records.get(&order) else { return Ok(()) };
    let state = record.decision.as_ref().map(|decision| decision.state.as_str());
    let fields = document::hydrate(Kind::ORDER.spec(), &record.doc);
    if !document_open(Kind::ORDER, state) {
        ask(world, Verb::Reopen, order)?;
    }
    let edits = correction(&fields, world.random.bytes(), "by the office");
    let (admin, now_ms) = (world.admin, world.now_ms);
    world.server.append(now_ms, |book| book.edit(Role::Office, admin, order, &edits))?;
    world.tell(format!("the office corrects the order {order}"));
    if world.random.percent(80) { ask(world, Verb::Submit, order) } else { Ok(()) }
}

/// The server's own pricing of an order that was handed in comes to something else.
fn review(world: &mut World, order: RecordId) -> Result<(), Reason> {
    let Some(record) = world.server.book.records.get(&order) else { return Ok(()) };
    let is_new = record.decision.as_ref().is_some_and(|it| it.verb == Verb::Submit.as_str());
    if !is_new {
        return Ok(());
    }
    let fields = document::hydrate(Kind::ORDER.spec(), &record.doc);
    let dearer = |(item, line): (&str, money::Line)| ReviewLine {
        item: item.to_owned(),
        unit_price_minor: line.unit_price_minor + 1,
        net_minor: line.quantity * (line.unit_price_minor + 1),
    };
    let lines: Vec<ReviewLine> = money::lines(&fields).into_iter().map(dearer).collect();
    let review = Review {
        captured_minor: money::total_of(&fields),
        captured_tax_minor: None,
        priced_minor: lines.iter().map(|line| line.net_minor).sum(),
        priced_tax_minor: 0,
        differs: true,
        reasons: Vec::new(),
        approver: None,
        lines,
    };
    let now_ms = world.now_ms;
    let said = world.server.append(now_ms, |book| book.review(order, review));
    if said.is_some() {
        world.tell(format!("the server prices the order {order} otherwise"));
        world.tally.happened.note(Step::Review);
    }
    Ok(())
}
