//! The day, from morning to evening. Every name, note and number in it is fixed; what happens is real.

mod crashes;
mod customers;
mod handovers;
mod road;

use anyhow::Result;
use serde::Serialize;

use super::hostile::{self, Attempt};
use super::phone::Phone;
use super::world::World;

/// What the day leaves to be asked about.
#[derive(Debug, Default)]
pub struct Day {
    /// The database's clock when everybody was enrolled: what is younger is the day's work.
    pub since: String,
    /// Everything that a device said was saved.
    pub saved: Vec<Saved>,
    /// What the tampered client tried, and what came of it.
    pub hostile: Vec<Attempt>,
    /// What was killed.
    pub killed: Vec<&'static str>,
}

/// Something that a device said was saved.
#[derive(Clone, Debug, Serialize)]
pub struct Saved {
    /// On which device.
    pub device: String,
    /// The record.
    pub record: String,
    /// Words that must stand in that record, if it is an edit of one that others write too.
    pub words: Option<&'static str>,
}

/// Everybody's devices.
pub struct Cast {
    /// Rep, offline all day.
    pub nancy: Phone,
    /// Rep, covers for Nancy.
    pub janet: Phone,
    /// Rep, offline, loses accounts meanwhile.
    pub robert: Phone,
    /// Rep, gets them.
    pub anne: Phone,
    /// Rep, whose battery runs out.
    pub margaret: Phone,
    /// Rep, with a tampered client.
    pub michael: Phone,
    /// Everybody's manager.
    pub andrew: Phone,
    /// Rep, leaves the company.
    pub laura: Phone,
    /// Manager, whose phone is stolen.
    pub steven: Phone,
}

impl Day {
    /// Captures, and remembers what was saved.
    ///
    /// # Errors
    /// What the device says.
    pub fn capture(&mut self, phone: &Phone, args: &[&str]) -> Result<String> {
        let record = phone.capture(args)?;
        self.remember(phone, &record, None);
        Ok(record)
    }

    /// Edits, and remembers which words must stand there now.
    ///
    /// # Errors
    /// What the device says.
    pub fn edit(&mut self, phone: &Phone, args: &[&str], words: &'static str) -> Result<()> {
        let record = phone.capture(args)?;
        self.remember(phone, &record, Some(words));
        Ok(())
    }

    fn remember(&mut self, phone: &Phone, record: &str, words: Option<&'static str>) {
        self.saved.push(Saved { device: phone.name().to_owned(), record: record.to_owned(), words });
    }
}

/// Plays the day; `offline` says whether Nancy and Robert work without a signal, or not at all.
///
/// # Errors
/// Whatever did not go as it must.
pub fn play(world: &mut World, offline: bool) -> Result<Day> {
    let cast = morning(world)?;
    let mut day = Day { since: super::findings::now(world)?, ..Day::default() };
    if offline {
        road::nancy_has_no_signal(world, &cast, &mut day)?;
        road::robert_has_no_signal(world, &cast, &mut day)?;
    }
    road::janet_covers(world, &cast, &mut day)?;
    road::accounts_move(world, &cast, &mut day)?;
    handovers::a_cover_comes_back(world, &cast, &mut day)?;
    handovers::somebody_leaves(world, &cast, &mut day)?;
    customers::the_day_is_planned(world, &cast)?;
    customers::a_complaint_is_put_right(world, &cast, &mut day)?;
    customers::more_is_sold(world, &cast, &mut day)?;
    crashes::a_battery_runs_out(world, &cast, &mut day)?;
    crashes::the_server_dies(world, &cast, &mut day)?;
    crashes::postgres_dies(world, &cast, &mut day)?;
    world.tell("Michael's client is tampered with: it sends what no honest one would")?;
    day.hostile = hostile::attack(&cast.michael.home(), world.url())?;
    handovers::a_phone_is_stolen(world, &cast, &mut day)?;
    handovers::a_phone_is_restored(world, &cast, &mut day)?;
    handovers::her_phone_says_good_bye(world, &cast)?;
    evening(world, &cast, offline)?;
    Ok(day)
}

fn morning(world: &mut World) -> Result<Cast> {
    world.tell(&format!("the server answers at {}, on a private Postgres of its own", world.url()))?;
    let imported = world.tool(&["import", "northwind", "--bundled"])?;
    world.tell(&format!(
        "Northwind is imported: {} accounts, {} orders, {} products",
        imported["accounts"], imported["orders"], imported["found"]["products"]
    ))?;
    customers::processes_are_published(world)?;
    customers::prospects_are_imported(world)?;
    world.tool(&["admin", "hold", "janet.leverling@northwind.example", "06897", "--as", "cover"])?;
    world.tell("Janet Leverling covers Wilton for Nancy Davolio")?;
    let mut enrol = |name: &str, email: &str| world.enrol(name, &format!("{email}@northwind.example"));
    let cast = Cast {
        nancy: enrol("nancy", "nancy.davolio")?,
        janet: enrol("janet", "janet.leverling")?,
        robert: enrol("robert", "robert.king")?,
        anne: enrol("anne", "anne.dodsworth")?,
        margaret: enrol("margaret", "margaret.peacock")?,
        michael: enrol("michael", "michael.suyama")?,
        andrew: enrol("andrew", "andrew.fuller")?,
        laura: enrol("laura", "laura.callahan")?,
        steven: enrol("steven", "steven.buchanan")?,
    };
    cast.anne.back_up()?;
    world.tell(&format!(
        "{} devices are enrolled and filled, each with its own key and store",
        world.phones().len()
    ))?;
    Ok(cast)
}

fn evening(world: &World, cast: &Cast, offline: bool) -> Result<()> {
    if offline {
        let waiting = cast.nancy.call(&["status"])?;
        world
            .tell(&format!("Nancy is back in the office with {} captures, and syncs", waiting["waiting"]))?;
        cast.nancy.sync()?;
        let synced = cast.robert.sync()?;
        let report = &synced["sync"];
        world.tell(&format!(
            "Robert syncs: {} of his captures come late into the record, {} are held for review",
            report["late"], report["held"]
        ))?;
    }
    customers::the_office_approves(world)?;
    for order in super::findings::waiting(world, "submitted")? {
        let decided = world.tool(&["admin", "decide", "accept", &order])?;
        world
            .tell(&format!("the office accepts order {}", decided["number"].as_str().unwrap_or_default()))?;
    }
    // Twice: what the first to sync gets to know of the last comes with the second round.
    for _ in 0..2 {
        world
            .phones()
            .iter()
            .filter(|phone| phone.is_enrolled())
            .try_for_each(|phone| phone.sync().map(drop))?;
    }
    world.tell("everybody has synced")
}
