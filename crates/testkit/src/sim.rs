//! The simulator: whole histories of reps, a network that drops and delays, crashes, moves and restores, over the real
//! engines, in one thread, from one seed.
//!
//! [`world`] is what there is, [`steps`] what may happen, [`step`] the kinds of it, counted, [`plan`] what happens in every
//! history, [`link`] how frames travel, [`orders`] what becomes of quotes and orders, [`apart`] what may come between a push's gate and its append, [`check`] what must
//! hold after every history. [`run`] plays one.

pub mod apart;
pub mod capture;
pub mod check;
pub mod link;
pub mod orders;
pub mod plan;
pub mod sabotage;
pub mod step;
pub mod steps;
pub mod world;

use sabotage::Sabotage;
use step::Happened;
use world::World;

/// What one history did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Steps taken.
    pub steps: u64,
    /// Captures that were confirmed as saved.
    pub saved: u64,
    /// Of those, in the record in time.
    pub in_record: u64,
    /// In the record, late.
    pub late: u64,
    /// Held.
    pub held: u64,
    /// Refused.
    pub refused: u64,
    /// Answered by nobody: captured in a store that was later set aside, and captured again from there.
    pub carried: u64,
    /// Lost with a phone that was restored from a backup before it ever sent them.
    pub destroyed: u64,
    /// Deliveries that it took to come to rest.
    pub rest: u64,
    /// Stores that were set aside for a new generation.
    pub renewed: u64,
    /// Records that a digest comparison healed.
    pub healed: u64,
    /// Held items that the office decided on.
    pub fates: u64,
    /// Of those, taken over as edits of the office's own.
    pub re_authored: u64,
    /// Held items that their person captured anew.
    pub re_applied: u64,
    /// Held or refused items that their person gave up.
    pub given_up: u64,
    /// Accounts that were merged into another.
    pub merged: u64,
    /// Covers and their ends, moves away and back, offline foundings, backups and restores, phones that left or were
    /// blocked: what every history goes through.
    pub turns: u64,
    /// Still on a phone that was blocked before it could send them.
    pub stranded: u64,
    /// Phones that left and wiped themselves.
    pub wiped: u64,
    /// Wishes to leave that were sent, when a rep signed out.
    pub signed_out: u64,
    /// Phones of which there were two from then on.
    pub cloned: u64,
    /// Of the two, those that had to be enrolled anew.
    pub enrolled_anew: u64,
    /// Apps that did not know every kind, and were updated.
    pub updated: u64,
    /// In how many histories each kind of step happened.
    pub happened: Happened,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.steps += other.steps;
        self.saved += other.saved;
        self.in_record += other.in_record;
        self.late += other.late;
        self.held += other.held;
        self.refused += other.refused;
        self.carried += other.carried;
        self.destroyed += other.destroyed;
        self.rest += other.rest;
        self.renewed += other.renewed;
        self.healed += other.healed;
        self.fates += other.fates;
        self.wiped += other.wiped;
        self.signed_out += other.signed_out;
        self.cloned += other.cloned;
        self.enrolled_anew += other.enrolled_anew;
        self.updated += other.updated;
        self.stranded += other.stranded;
        self.re_authored += other.re_authored;
        self.re_applied += other.re_applied;
        self.given_up += other.given_up;
        self.turns += other.turns;
        self.merged += other.merged;
        self.happened += other.happened;
    }
}

/// Pushes of a hundred that are gated when they come and appended later.
const APART_PERCENT: usize = 30;

/// Steps in one history.
pub const STEPS: u64 = 120;

/// A history in which something did not hold.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The first invariant that did not hold, and where.
    pub error: String,
    /// What had happened until then.
    pub story: Vec<String>,
}

/// Plays the history of a seed and checks every invariant.
pub fn run(seed: u64) -> Result<Tally, Failure> {
    run_with(seed, None)
}

/// The same with a bug on purpose, which must not get through.
pub fn run_with(seed: u64, sabotage: Option<Sabotage>) -> Result<Tally, Failure> {
    let mut world = World::new(seed);
    world.sabotage = sabotage;
    world.apart_percent = APART_PERCENT;
    match play(&mut world) {
        Ok(()) => Ok(world.tally),
        Err(error) => Err(Failure { error, story: world.story }),
    }
}

fn play(world: &mut World) -> Result<(), String> {
    plan::put_older_apps(world)?;
    plan::make_urgent(world);
    // A day starts with a full phone, mostly; sometimes with the first fill still on its way.
    if world.random.percent(80) {
        link::come_to_rest(world)?;
    }
    plan::draw(world);
    for step in 0..STEPS {
        plan::carry_out(world, step)?;
        steps::step(world)?;
        world.tally.steps += 1;
    }
    world.tell("everybody comes online");
    link::come_to_rest(world)?;
    check::all(world)?;
    // What the day left in review gets its fate, and comes back to whom it concerns.
    let counted = world.tally;
    // What an older app had to keep unseen is there at once, for whoever looks into the tray.
    plan::update_all(world)?;
    check::shown(world)?;
    plan::everything_comes_back(world);
    link::come_to_rest(world)?;
    steps::look_into_trays(world)?;
    if world.random.percent(50) {
        // Otherwise both decide at once.
        link::come_to_rest(world)?;
    }
    steps::decide_on_held(world);
    link::come_to_rest(world)?;
    // Orders are decided on while people think again of them.
    capture::think_again(world)?;
    orders::office_goes_through(world);
    link::come_to_rest(world)?;
    check::all(world)?;
    let Tally {
        fates,
        re_authored,
        re_applied,
        given_up,
        wiped,
        enrolled_anew,
        merged,
        updated,
        happened,
        ..
    } = world.tally;
    world.tally = Tally {
        fates,
        re_authored,
        re_applied,
        given_up,
        wiped,
        enrolled_anew,
        merged,
        updated,
        happened,
        ..counted
    };
    Ok(())
}
