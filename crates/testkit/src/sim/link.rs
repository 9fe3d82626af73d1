//! How frames travel: in order within a connection, late or never, while an older connection may still deliver.

use std::collections::VecDeque;

use roadbook_protocol::frame::NewGeneration;
use roadbook_protocol::{Entry, Frame, Mark, code, decode};
use roadbook_sync::device::capture::Ctx;
use roadbook_sync::device::recover::{self, Carried};
use roadbook_sync::device::{Endpoint, Rows, Session, SessionError, SignOutError};
use roadbook_sync::server::{Effect, Event, ServerSession};

use super::apart::{self, Judging};
use super::capture::confirm;
use super::sabotage::{self, Sabotage};
use super::step::Step;
use super::world::{Connection, ORIGIN, PATH, World};
use crate::memory_server::{MemoryServer, Peer, drive};

/// Connects a phone. An earlier connection lives on until its frames are delivered or dropped.
pub fn connect(world: &mut World, phone: usize) -> Result<(), String> {
    if world.phones[phone].gone {
        return Ok(());
    }
    let endpoint = Endpoint { origin: ORIGIN.to_owned(), path: PATH.to_owned() };
    let it = &mut world.phones[phone];
    let opened = Session::open(&mut it.rows, &it.signer, endpoint, world.now_ms);
    let (mut session, frames) = opened.map_err(|error| error.to_string())?;
    if it.to_carry > 0 || !it.left.is_empty() {
        session.keep();
    }
    let number = world.next_connection;
    world.story.push(format!("{} connects as {number}", it.name));
    it.session = Some((session, number));
    world.next_connection += 1;
    let server = world.server_session();
    let up = frames.iter().map(Frame::to_bytes).collect();
    let connection =
        Connection { session: server, peer: Peer::default(), up, down: VecDeque::new(), judging: None };
    world.connections.insert(number, connection);
    Ok(())
}

/// Drops a phone's connection with everything on it.
pub fn drop_link(world: &mut World, phone: usize) {
    if let Some((_, number)) = world.phones[phone].session.take() {
        apart::hang_up(world, number);
    }
}

/// The phone gives up; what it has sent may still arrive.
pub fn abandon(world: &mut World, phone: usize) {
    world.phones[phone].session = None;
}

/// Delivers one frame to the server, a push perhaps twice, as after a retry. Returns whether there was one. A push that
/// was gated is appended first.
pub fn deliver_up(world: &mut World, number: usize, twice: bool) -> bool {
    if apart::finish(world, number) {
        return true;
    }
    let head = world.server.head();
    let Some(connection) = world.connections.get_mut(&number) else { return false };
    let Some(bytes) = connection.up.pop_front() else { return false };
    let frame = Frame::read(&bytes);
    world.story.push(format!("server gets on {number}: {}", frame.as_ref().map_or("rubbish", Frame::word)));
    if let Ok(frame) = &frame {
        world.note(number, true, frame);
    }
    let is_push = matches!(frame, Ok(Frame::Push(_)));
    let times = if twice && is_push { 2 } else { 1 };
    if times > 1 {
        world.tally.happened.note(Step::Twice);
    }
    world.gates_apart = is_push && world.may_gate_apart();
    for _ in 0..times {
        let event = match frame.clone() {
            Ok(frame) => Event::Frame(frame),
            Err(error) => Event::Malformed(error),
        };
        apart::finish(world, number);
        feed(world, number, event);
    }
    world.gates_apart = false;
    if world.server.head() != head {
        wake_all(world);
    }
    true
}

/// Wakes every connection: the log grew by an admin's hand.
pub fn wake_all(world: &mut World) {
    // One whose push waits for its append hears of it with the answer.
    let waits = |connection: &Connection| connection.judging.is_some();
    let connections = world.connections.iter().filter(|(_, connection)| !waits(connection));
    let numbers: Vec<usize> = connections.map(|(number, _)| *number).collect();
    numbers.into_iter().for_each(|number| feed(world, number, Event::Woken));
}

/// Feeds an event to the server's side of a connection, and everything that follows from it.
pub fn feed(world: &mut World, number: usize, event: Event) {
    let Some(connection) = world.connections.get_mut(&number) else { return };
    let random = &mut world.random;
    let mut fresh = || random.bytes::<16>();
    let Connection { session, peer, down, judging, .. } = connection;
    let (server, now_ms) = (&mut world.server, world.now_ms);
    match world.sabotage.filter(|sabotage| *sabotage != Sabotage::AppendsOnGatedDocuments) {
        _ if world.gates_apart => {
            *judging = gate_only(server, session, peer, event, now_ms, &mut fresh);
        }
        None => drive(server, session, peer, event, now_ms, &mut fresh),
        Some(sabotage) => sabotage::drive(sabotage, server, session, peer, event, now_ms, &mut fresh),
    }
    down.extend(peer.down.drain(..).map(|frame| frame.to_bytes()));
}

/// Feeds a push as far as its gate; what the session says to it otherwise is carried out.
fn gate_only(
    server: &mut MemoryServer,
    session: &mut ServerSession,
    peer: &mut Peer,
    event: Event,
    now_ms: i64,
    random: &mut dyn FnMut() -> [u8; 16],
) -> Option<Judging> {
    let mut judging = None;
    let mut effects = VecDeque::from(session.handle(event, now_ms, random()));
    while let Some(effect) = effects.pop_front() {
        match (effect, session.device().cloned()) {
            (Effect::Judge(items), Some(device)) => judging = Some(Judging::begin(server, device, items)),
            (effect, _) => {
                for event in server.carry_out(session, peer, effect, now_ms) {
                    effects.extend(session.handle(event, now_ms, random()));
                }
            }
        }
    }
    judging
}

/// Delivers one frame to a phone, which may crash before its commit. Returns whether there was one.
pub fn deliver_down(world: &mut World, phone: usize, crash: bool) -> Result<bool, String> {
    let Some((_, number)) = world.phones[phone].session else { return Ok(false) };
    let Some(connection) = world.connections.get_mut(&number) else { return Ok(false) };
    let Some(bytes) = connection.down.pop_front() else {
        let over = connection.peer.closed;
        if over {
            drop_link(world, phone);
        }
        return Ok(over);
    };
    let frame = Frame::read(&bytes).map_err(|error| format!("the server sent {error}"))?;
    nothing_own(world, phone, &frame)?;
    world.note(number, false, &frame);
    let name = world.phones[phone].name.clone();
    let end = if crash { ", and crashes" } else { "" };
    world.tell(format!("{name} gets on {number}: {}{end}", frame.word()));
    let it = &mut world.phones[phone];
    let mut rows = it.rows.clone();
    let before = rows.device().map_err(|error| error.to_string())?.last_number;
    let Some((session, _)) = it.session.as_mut() else { return Ok(false) };
    let outcome = session.handle(&mut rows, &it.signer, world.now_ms, frame);
    if crash {
        drop_link(world, phone);
        return Ok(true);
    }
    match outcome {
        Ok(frames) => {
            it.rows = rows;
            let heals = frames.iter().any(|frame| matches!(frame, Frame::Digest(_)));
            if heals && !it.damaged {
                return Err(format!("I8: {name} differs from the server, and nothing of it was lost"));
            }
            if let Some(connection) = world.connections.get_mut(&number) {
                connection.up.extend(frames.iter().map(Frame::to_bytes));
            }
            confirm(world, phone, before, None);
            if let Some(sabotage) = world.sabotage {
                sabotage.after_frame(world, phone)?;
            }
            carry_over(world, phone)?;
            sign_out(world, phone)?;
        }
        Err(SessionError::NewGeneration(frame)) => {
            renew(world, phone, &frame)?;
            drop_link(world, phone);
        }
        Err(SessionError::Wiped) => {
            world.phones[phone].gone = true;
            world.tally.wiped += 1;
            world.tell(format!("{name} has wiped itself"));
            drop_link(world, phone);
        }
        Err(SessionError::Server { code, text, .. }) => refused(world, phone, &code, &text)?,
        // Its copies took every nonce before it: it tries again.
        Err(SessionError::Unexpected("challenge")) if has_copies(world, phone) => drop_link(world, phone),
        Err(error) => return Err(format!("{}: {error}", world.phones[phone].name)),
    }
    Ok(true)
}

/// The server ended a phone's connection with an error.
fn refused(world: &mut World, phone: usize, code: &str, text: &str) -> Result<(), String> {
    let may_be = match code {
        // Rule S4, or a copy of a device that has left: its person will have it enrolled anew.
        code::CLONED | code::WIPED => {
            world.phones[phone].is_copy = true;
            true
        }
        // Rule W6: what its store had been before, or a copy, pushed more since it said hello. It asks again.
        code::PUSH_GAP => world.phones[phone].signs_out.is_some(),
        code::STALE_NONCE => true,
        // One that was taken out of use is told so, and nothing else.
        code => world.is_out(phone, code),
    };
    if !may_be {
        return Err(format!("the server refused {}: {code}: {text}", world.phones[phone].name));
    }
    drop_link(world, phone);
    Ok(())
}

/// Rule W7: a phone whose person signs out asks to leave as soon as that may be.
fn sign_out(world: &mut World, phone: usize) -> Result<(), String> {
    let it = &mut world.phones[phone];
    let Some(undecided) = it.signs_out.filter(|_| it.to_carry == 0) else { return Ok(()) };
    let Some((session, number)) = it.session.as_mut() else { return Ok(()) };
    let frames = match session.sign_out(&mut it.rows, &it.signer, undecided) {
        Ok(frames) => frames,
        Err(SignOutError::Store(error)) => return Err(error.to_string()),
        // Its person is told why, and the phone works on.
        Err(_) => return Ok(()),
    };
    let row = it.rows.device().map_err(|error| error.to_string())?;
    it.asked.push((row.device, row.store_generation, row.last_number));
    if let Some(connection) = world.connections.get_mut(number) {
        connection.up.extend(frames.iter().map(Frame::to_bytes));
    }
    let name = world.phones[phone].name.clone();
    world.tally.signed_out += 1;
    world.tell(format!("{name} asks to leave"));
    Ok(())
}

fn has_copies(world: &World, phone: usize) -> bool {
    let device = world.phones[phone].device;
    world.phones.iter().filter(|it| it.device == device).count() > 1
}

/// Rule P6: a store never gets back what it pushed.
fn nothing_own(world: &mut World, phone: usize, frame: &Frame) -> Result<(), String> {
    let Frame::Page(page) = frame else { return Ok(()) };
    let device = world.phones[phone].rows.device().map_err(|error| error.to_string())?;
    for row in page.open().map_err(|error| error.to_string())?.body.entries {
        if let Ok(Entry::Changes(entry)) = decode::<Entry>("entry", &row.payload.0)
            && entry.author.device == Some(device.device)
            && entry.author.store_generation == device.store_generation
        {
            return Err(format!(
                "P6: {} gets its own work back at {}",
                world.phones[phone].name, row.position
            ));
        }
    }
    Ok(())
}

/// Sets the store aside and starts a fresh one.
fn renew(world: &mut World, phone: usize, frame: &NewGeneration) -> Result<(), String> {
    let it = &mut world.phones[phone];
    let old = it.rows.device().map_err(|error| error.to_string())?;
    let fresh = it.rows.fresh(old.renewed(frame));
    it.aside.push(std::mem::replace(&mut it.rows, fresh));
    it.to_carry += 1;
    it.backup = None;
    world.tally.renewed += 1;
    let name = world.phones[phone].name.clone();
    world.tell(format!("{name} sets its store aside: {}", frame.text));
    Ok(())
}

/// Once the fresh store is filled, carries over what only the old one has.
fn carry_over(world: &mut World, phone: usize) -> Result<(), String> {
    let it = &mut world.phones[phone];
    let Some((session, _)) = &it.session else { return Ok(()) };
    if it.to_carry == 0 || !session.at_rest(&mut it.rows).map_err(|error| error.to_string())? {
        return Ok(());
    }
    let from = it.aside.len().saturating_sub(std::mem::take(&mut it.to_carry));
    let mut rows = it.rows.clone();
    let before = rows.device().map_err(|error| error.to_string())?.last_number;
    let stores = it.aside[from..].to_vec();
    let mut carried = Carried::default();
    let mut random = world.random.clone();
    let mut ten = || random.bytes::<10>();
    let mut ctx = Ctx { now_ms: world.now_ms, random: &mut ten };
    let forgets_requests = world.sabotage == Some(Sabotage::CarriesNoRequests);
    let forgets_edits = world.sabotage == Some(Sabotage::CarriesNoEdits);
    for mut old in stores {
        let mut records: Vec<_> = old.all_records().map(|row| row.envelope.clone()).collect();
        records.sort_by_key(|envelope| (envelope.kind.fill_order(), envelope.id));
        for envelope in records {
            if forgets_edits && rows.record(envelope.id).map_err(|error| error.to_string())?.is_some() {
                continue;
            }
            recover::carry(&mut old, &mut rows, &mut ctx, envelope.id, &mut carried)
                .and_then(|()| match forgets_requests {
                    true => Ok(()),
                    false => {
                        recover::carry_requests(&mut old, &mut rows, &mut ctx, envelope.id, &mut carried)
                    }
                })
                .map_err(|error| error.to_string())?;
        }
    }
    world.random = random;
    world.story.push(format!("{} carries over: {carried:?}", world.phones[phone].name));
    let it = &mut world.phones[phone];
    it.left.extend(carried.left.into_iter().map(|(record, _)| record));
    it.left.extend(carried.conflicts.into_iter().map(|(record, _)| record));
    it.rows = rows;
    confirm(world, phone, before, None);
    push_more(world, phone)
}

/// Tells a connected phone's session that something was captured.
pub fn push_more(world: &mut World, phone: usize) -> Result<(), String> {
    let it = &mut world.phones[phone];
    let Some((session, number)) = it.session.as_mut() else { return Ok(()) };
    let frames = session.more(&mut it.rows, &it.signer).map_err(|error| error.to_string())?;
    if let Some(connection) = world.connections.get_mut(number) {
        connection.up.extend(frames.iter().map(Frame::to_bytes));
    }
    Ok(())
}

/// Deliveries after which a history that is not at rest is stuck.
const DELIVERIES_MAX: u64 = 20_000;
/// Rounds of reconnecting after which it is stuck too.
const ROUNDS_MAX: usize = 20;

/// Brings everybody online until nothing is left to do, within bounds.
pub fn come_to_rest(world: &mut World) -> Result<(), String> {
    let mut rested_at = None;
    for _ in 0..ROUNDS_MAX {
        let numbers: Vec<usize> = world.connections.keys().copied().collect();
        numbers.into_iter().for_each(|number| apart::hang_up(world, number));
        world.enrol_copies();
        for phone in 0..world.phones.len() {
            world.phones[phone].session = None;
            if world.is_in_use(phone) || world.is_to_hear_of_leaving(phone) {
                connect(world, phone)?;
            }
        }
        while deliver_everything(world)? {
            if world.tally.rest > DELIVERIES_MAX {
                return Err("I7: no rest within the bound on deliveries".to_owned());
            }
        }
        // Once more from rest: digests are compared only by a hello that finds nothing new.
        let head = world.server.head();
        let rests = everybody_rests(world)?;
        if rests && rested_at == Some(head) {
            return Ok(());
        }
        rested_at = (rests && everybody_read_to(world, head)?).then_some(head);
    }
    let stuck: Vec<String> = world
        .phones
        .iter_mut()
        .map(|phone| {
            let session = phone.session.as_ref().map(|(session, _)| format!("{session:?}"));
            format!("{}: {session:?} {:?} {:?}", phone.name, phone.rows.waiting(), phone.rows.fills())
        })
        .collect();
    Err(format!("I7: not at rest after {ROUNDS_MAX} rounds: {}", stuck.join("; ")))
}

fn deliver_everything(world: &mut World) -> Result<bool, String> {
    let mut moved = false;
    let numbers: Vec<usize> = world.connections.keys().copied().collect();
    for number in numbers {
        moved |= deliver_up(world, number, false);
    }
    for phone in 0..world.phones.len() {
        moved |= deliver_down(world, phone, false)?;
    }
    world.tally.rest += u64::from(moved);
    Ok(moved)
}

fn everybody_read_to(world: &mut World, head: Mark) -> Result<bool, String> {
    for phone in (0..world.phones.len()).filter(|phone| world.is_in_use(*phone)).collect::<Vec<_>>() {
        let phone = &mut world.phones[phone];
        if phone.rows.device().map_err(|error| error.to_string())?.cursor != head {
            return Ok(false);
        }
    }
    Ok(true)
}

fn everybody_rests(world: &mut World) -> Result<bool, String> {
    if (0..world.phones.len()).any(|phone| world.is_to_hear_of_leaving(phone)) {
        return Ok(false);
    }
    for phone in (0..world.phones.len()).filter(|phone| world.is_in_use(*phone)).collect::<Vec<_>>() {
        let phone = &mut world.phones[phone];
        let Some((session, _)) = &phone.session else { return Ok(false) };
        if phone.to_carry > 0 || !session.at_rest(&mut phone.rows).map_err(|error| error.to_string())? {
            return Ok(false);
        }
    }
    Ok(true)
}
