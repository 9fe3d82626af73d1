//! What every history goes through, each at a moment of its own: cover and return, an account moved away and back, an
//! account founded offline, one merged into another, a phone that is restored, one that is cloned, one that leaves, one
//! on which its rep signs out and one that is blocked, with a new phone for each of the last three, a rep who becomes a
//! manager and a rep again, apps of an older version that are updated, and an order that is handed in, corrected and handled.

use roadbook_model::permission::Role;
use roadbook_model::{AccountId, DeviceId, Kind, TerritoryId};
use roadbook_protocol::entry::{LatePolicy, Subject};
use roadbook_sync::device::leave::Undecided;
use roadbook_sync::ledger::place::{Handover, Urgency};
use roadbook_sync::ledger::{Book, DeviceState, Lease};

use super::world::{MANAGER, REPS, World};
use super::{STEPS, capture, link, orders, steps};

/// One of these things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// A rep covers for another.
    Cover,
    /// The cover ends.
    Return,
    /// An account moves to somebody else.
    Away,
    /// It comes back.
    Back,
    /// A rep without a connection founds an account.
    Found,
    /// An account turns out to be another.
    Merge,
    /// A phone is backed up.
    BackUp,
    /// It is restored.
    Restore,
    /// A phone is taken out of use, and its rep gets another.
    Leave,
    /// A rep signs out on a phone, and has another.
    SignOut,
    /// A phone is stolen, and its rep gets another.
    Block,
    /// A phone's app is updated, if it was of an older version.
    Update,
    /// There are two of a phone from then on.
    Clone,
    /// A rep becomes a manager, with whatever was captured as a rep on the way.
    Promote,
    /// And a rep again.
    Demote,
    /// A rep makes a quote or an order, and hands it in.
    HandIn,
    /// The rep corrects what was handed in, as far as the phone knows.
    Correct,
    /// The office handles what was handed in.
    Handle,
}

/// What is to happen when, and to whom.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    turns: Vec<(u64, Turn)>,
    /// Reps in an order of chance: the roles of this history.
    cast: [usize; REPS],
    moved: Option<(AccountId, TerritoryId)>,
}

/// Draws the plan of a history.
pub fn draw(world: &mut World) {
    let mut turns = Vec::new();
    let mut restored = 0;
    let pairs = [(Turn::Cover, Turn::Return), (Turn::Away, Turn::Back), (Turn::BackUp, Turn::Restore)];
    for (first, second) in pairs {
        let from = below(world, STEPS / 2);
        turns.push((from, first));
        let until = from + 1 + below(world, STEPS - from - 1);
        turns.push((until, second));
        if second == Turn::Restore {
            restored = until;
        }
    }
    // Not for long: a manager captures little.
    let promoted = below(world, STEPS);
    turns.push((promoted, Turn::Promote));
    turns.push(((promoted + 1 + below(world, STEPS / 10)).min(STEPS - 1), Turn::Demote));
    // In this order: what is between, comes by chance.
    let handed_in = below(world, STEPS / 3);
    turns.push((handed_in, Turn::HandIn));
    let corrected = handed_in + 1 + below(world, STEPS / 3);
    turns.push((corrected, Turn::Correct));
    turns.push((corrected + below(world, STEPS / 3), Turn::Handle));
    turns.push((below(world, STEPS), Turn::Found));
    turns.push((below(world, STEPS), Turn::Merge));
    turns.push((STEPS / 2 + below(world, STEPS / 2), Turn::Leave));
    turns.push((STEPS / 2 + below(world, STEPS / 2), Turn::Block));
    // The phone that was restored before.
    let half = restored.max(STEPS / 2);
    turns.push((half + below(world, STEPS - half), Turn::SignOut));
    turns.push((below(world, STEPS), Turn::Update));
    turns.push((below(world, STEPS), Turn::Clone));
    let first = world.random.below(REPS);
    let second = (first + 1 + world.random.below(REPS - 1)) % REPS;
    world.plan = Plan { turns, cast: [first, second, REPS - first - second], moved: None };
}

/// Makes some accounts urgent: their grants come in entries of their own, each with a fill (rule P9).
pub fn make_urgent(world: &mut World) {
    for (account, _) in world.began.clone() {
        let urgency = [Urgency::Visit, Urgency::Task, Urgency::None][world.random.below(3)];
        world.server.book.urgency.insert(account, urgency);
    }
}

/// Kinds that an older version of the app may not know.
const NEWER: [Kind; 4] = [Kind::CONTACT, Kind::TASK, Kind::VISIT, Kind::ORDER];

/// Puts an older version of the app on some phones: it does not know every kind (rule V4).
pub fn put_older_apps(world: &mut World) -> Result<(), String> {
    for phone in 0..world.phones.len() {
        if world.random.percent(40) {
            let newer = NEWER.into_iter().filter(|_| world.random.percent(50));
            let lacks = newer.map(|kind| kind.name().to_owned()).collect();
            world.tell(format!("{}'s app does not know {lacks:?}", world.phones[phone].name));
            world.phones[phone].put_app(&lacks).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

/// Updates every app.
pub fn update_all(world: &mut World) -> Result<(), String> {
    (0..world.phones.len()).try_for_each(|phone| update(world, phone))
}

fn update(world: &mut World, phone: usize) -> Result<(), String> {
    let it = &mut world.phones[phone];
    if !it.rows.lacking().is_empty() {
        world.tally.updated += 1;
        it.put_app(&Default::default()).map_err(|error| error.to_string())?;
        let name = it.name.clone();
        world.tell(format!("{name}'s app is updated"));
    }
    Ok(())
}

fn below(world: &mut World, bound: u64) -> u64 {
    let bound = usize::try_from(bound).unwrap_or(usize::MAX);
    u64::try_from(world.random.below(bound.max(1))).unwrap_or(0)
}

/// Lets happen what the plan has for this step.
pub fn carry_out(world: &mut World, step: u64) -> Result<(), String> {
    let due: Vec<Turn> =
        world.plan.turns.iter().filter(|(at, _)| *at == step).map(|(_, turn)| *turn).collect();
    for turn in due {
        world.tell(format!("{turn:?}"));
        world.tally.turns += 1;
        perform(world, turn)?;
        link::wake_all(world);
    }
    Ok(())
}

/// Every account returns to where it began: what was held of it can be captured anew.
pub fn everything_comes_back(world: &mut World) {
    for (account, territory) in world.began.clone() {
        world.hand_over(&[account], territory, LatePolicy::Accept, 3_600_000);
    }
}

fn perform(world: &mut World, turn: Turn) -> Result<(), String> {
    let [one, two, three] = world.plan.cast;
    match turn {
        Turn::Cover => cover(world, one, two),
        Turn::Return => end_cover(world, one, two),
        Turn::Away => {
            let territory = world.territories[three];
            let accounts = world.server.book.accounts.values();
            let account = accounts.filter(|row| row.territory == territory).map(|row| row.id).next();
            let Some(account) = account else { return Ok(()) };
            world.plan.moved = Some((account, territory));
            let policy = some_policy(world);
            world.hand_over(&[account], world.territories[one], policy, 3_600_000);
        }
        Turn::Back => {
            if let Some((account, territory)) = world.plan.moved {
                let policy = some_policy(world);
                world.hand_over(&[account], territory, policy, 3_600_000);
            }
        }
        Turn::Found => {
            link::drop_link(world, three);
            capture::found(world, three)?;
        }
        Turn::Merge => merge(world, two),
        Turn::BackUp => steps::back_up(world, one),
        Turn::Restore => steps::restore(world, one)?,
        Turn::Leave => replace(world, two, false),
        Turn::SignOut => sign_out(world, one),
        Turn::Block => replace(world, three, true),
        Turn::Update => update(world, two)?,
        Turn::Clone => clone(world),
        Turn::Promote => world.change_role(one, Role::Manager),
        Turn::Demote => world.change_role(one, Role::Rep),
        Turn::HandIn => capture::hand_in(world, two)?,
        Turn::Correct => capture::correct(world, two)?,
        Turn::Handle => orders::office_handles_one(world),
    }
    Ok(())
}

fn some_policy(world: &mut World) -> LatePolicy {
    [LatePolicy::Accept, LatePolicy::Review, LatePolicy::Refuse][world.random.below(3)]
}

/// An account in a rep's territory, if there is one that is not part of another, is merged into any other.
fn merge(world: &mut World, whose: usize) {
    let territory = world.territories[whose];
    let rows = world.server.book.accounts.values();
    let roots = rows.filter(|row| row.territory == territory && row.root.is_none());
    let Some(account) = roots.map(|row| row.id).next() else { return };
    steps::merge_somewhere(world, account);
}

/// A phone is entitled to another's territory for a while.
fn cover(world: &mut World, who: usize, whose: usize) {
    let (device, territory) = (world.phones[who].device, world.territories[whose]);
    let now_ms = world.now_ms;
    world.server.territories_of.entry(device).or_default().push(territory);
    world.server.append(now_ms, |book| {
        let is_active = book.devices.get(&device).is_some_and(|row| row.state == DeviceState::Active);
        let Some(row) = book.territories.get_mut(&territory).filter(|_| is_active) else { return };
        row.devices.insert(device);
        let accounts = book.accounts.values().filter(|row| row.territory == territory);
        let wanted = accounts.map(|row| Subject::Account(row.id)).chain([Subject::Territory(territory)]);
        let lacking = wanted.filter(|subject| !open(book, device).any(|lease| lease.subject == *subject));
        let lacking: Vec<Subject> = lacking.collect();
        book.grant(device, lacking, Some("cover".to_owned()));
    });
}

fn end_cover(world: &mut World, who: usize, whose: usize) {
    let (device, territory) = (world.phones[who].device, world.territories[whose]);
    let policy = some_policy(world);
    let now_ms = world.now_ms;
    world.server.territories_of.entry(device).or_default().retain(|own| *own != territory);
    world.server.append(now_ms, |book| {
        if let Some(row) = book.territories.get_mut(&territory) {
            row.devices.remove(&device);
        }
        let of_cover = open(book, device).filter(|lease| match lease.subject {
            Subject::Territory(of) => of == territory,
            Subject::Account(of) => book.accounts.get(&of).is_some_and(|row| row.territory == territory),
        });
        let leases = of_cover.map(|lease| lease.id).collect();
        let terms = Handover { policy, grace_until_ms: now_ms + 3_600_000, note: None };
        book.withdraw(device, leases, &terms);
    });
}

fn open(book: &Book, device: DeviceId) -> impl Iterator<Item = &Lease> {
    book.leases.values().filter(move |lease| lease.device == device && lease.is_open())
}

/// Any phone of a rep that is in use: also one that is about to be restored, or that leaves.
fn clone(world: &mut World) {
    let is_reps = |phone: &usize| world.phones[*phone].name != MANAGER && world.is_in_use(*phone);
    let phones: Vec<usize> = (0..world.phones.len()).filter(is_reps).collect();
    let phone = phones[world.random.below(phones.len())];
    world.clone_phone(phone);
}

/// A rep's phone is taken out of use, and another enrolled for the rep.
fn replace(world: &mut World, phone: usize, blocked: bool) {
    world.revoke(phone, blocked);
    give_another(world, phone);
}

/// A rep begins to sign out on a phone, and has another. Whether that may be is asked once the phone is at rest.
fn sign_out(world: &mut World, phone: usize) {
    let undecided = if world.random.percent(50) { Undecided::Stops } else { Undecided::IsLeft };
    world.phones[phone].signs_out = Some(undecided);
    give_another(world, phone);
}

fn give_another(world: &mut World, phone: usize) {
    let (person, name) = (world.phones[phone].person, format!("{}'s new phone", world.phones[phone].name));
    let own = vec![world.territories[phone]];
    world.enrol(&name, Role::Rep, Some(person), &own, &own);
}
