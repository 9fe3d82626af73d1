//! The plan, offline: whom it is time to visit, the day's route, and what a period comes to.

mod clock;
mod words;

use anyhow::Result;
use clap::Args;
use roadbook_model::plan::{Period, Place, Wish};
use roadbook_model::{AccountId, RecordId};
use roadbook_replica::Device;

use self::clock::ClockArgs;
use super::named;
use crate::output::Output;
use crate::problem::Problem;

/// What the plan is to be like.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna plan
  roadbook device --home ~/anna plan --from 48.1372,11.5756 --stops 6 --json
  roadbook device --home ~/anna plan --add 'Around the Horn' --leave-out ALFKI

The length is that of straight lines over the ground. Visits with a time keep their order.")]
pub struct PlanArgs {
    /// Where the way begins, as LATITUDE,LONGITUDE in degrees; at its first stop without it.
    #[arg(long, value_name = "LAT,LON", value_parser = place, allow_hyphen_values = true)]
    from: Option<Place>,
    /// Up to how many stops accounts are proposed.
    #[arg(long)]
    stops: Option<usize>,
    /// How much longer the way may get for an account that is not planned, in kilometres.
    #[arg(long, value_name = "KM", value_parser = clap::value_parser!(i64).range(0..=20_000))]
    detour: Option<i64>,
    /// An account to see in any case; may be repeated.
    #[arg(long = "add", value_name = "ACCOUNT")]
    add: Vec<String>,
    /// An account, or a visit by its id, not to see today; may be repeated.
    #[arg(long = "leave-out", value_name = "ACCOUNT")]
    leave_out: Vec<String>,
    /// The order of your own: an account, or a visit by its id; repeated for each stop.
    #[arg(long = "order", value_name = "ACCOUNT")]
    order: Vec<String>,
    #[command(flatten)]
    clock: ClockArgs,
}

/// Whom to list.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna due
  roadbook device --home ~/anna due --neglected --json")]
pub struct DueArgs {
    /// Only those that are neglected or were never visited.
    #[arg(long)]
    neglected: bool,
    /// Those, too, whose next visit is not due yet.
    #[arg(long, conflicts_with = "neglected")]
    all: bool,
    #[command(flatten)]
    clock: ClockArgs,
}

/// Which period.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna month
  roadbook device --home ~/anna month --period 2026-Q4 --json
  roadbook device --home ~/anna month --period 2026-11-28 --utc-offset +01:00")]
pub struct MonthArgs {
    /// A day, month, quarter or year: 2026-11-28, 2026-11, 2026-Q4 or 2026. Without it, this month.
    #[arg(long, value_name = "PERIOD", value_parser = period)]
    period: Option<Period>,
    #[command(flatten)]
    clock: ClockArgs,
}

/// Shows the plan of the day.
///
/// # Errors
/// `unknown_record` or `ambiguous_name`; when the store cannot be read.
pub fn plan(device: &Device, args: &PlanArgs, output: Output) -> Result<()> {
    let clock = args.clock.clock();
    let usual = Wish::default();
    let keys = |names: &[String]| names.iter().map(|name| key(device, name)).collect::<Result<Vec<_>>>();
    let add = args.add.iter().map(|name| named::account(device, name)).collect::<Result<Vec<AccountId>>>()?;
    let wish = Wish {
        start: args.from,
        stops: args.stops.unwrap_or(usual.stops),
        detour_m: args.detour.map_or(usual.detour_m, |km| km * 1_000),
        add,
        leave_out: keys(&args.leave_out)?,
        order: keys(&args.order)?,
    };
    let day = device.store().day_plan(device.identity().person, &clock, &wish)?;
    output.show(&day, || words::day(&day, &clock))
}

/// Shows whom it is time to visit.
///
/// # Errors
/// When the store cannot be read.
pub fn due(device: &Device, args: &DueArgs, output: Output) -> Result<()> {
    let mut found = device.store().due(&args.clock.clock())?;
    found.retain(|one| match args.neglected {
        true => one.due.is_neglected(),
        false => args.all || one.due.is_due(),
    });
    output.show(&found, || words::due(&found))
}

/// Shows what a period comes to.
///
/// # Errors
/// When the store cannot be read.
pub fn month(device: &Device, args: &MonthArgs, output: Output) -> Result<()> {
    let clock = args.clock.clock();
    let this_month = || Period::parse(clock.today().to_string().get(..7).unwrap_or_default());
    let period = args.period.clone().or_else(this_month);
    let period = period.ok_or_else(|| Problem::new("bad_period", "this device's clock is on no day"))?;
    let month = device.store().month(device.identity().person, &period, &clock)?;
    output.show(&month, || words::month(&month))
}

/// An account by its name, or a record by its id.
fn key(device: &Device, name: &str) -> Result<RecordId> {
    match name.parse() {
        Ok(id) => Ok(id),
        Err(_) => named::account(device, name).map(AccountId::record),
    }
}

fn period(word: &str) -> Result<Period, String> {
    Period::parse(word).ok_or_else(|| "a period is 2026-11-28, 2026-11, 2026-Q4 or 2026".to_owned())
}

/// A place in degrees with up to six decimals.
fn place(text: &str) -> Result<Place, String> {
    let wrong = || "a place is LATITUDE,LONGITUDE in degrees, such as 48.1372,11.5756".to_owned();
    let (latitude, longitude) = text.split_once(',').ok_or_else(wrong)?;
    let degrees = |text: &str, most: f64| -> Result<i64, String> {
        let degrees: f64 = text.trim().parse().map_err(|_| wrong())?;
        if degrees.is_finite() && degrees.abs() <= most {
            Ok((degrees * 1e6).round() as i64)
        } else {
            Err(wrong())
        }
    };
    Ok(Place { latitude_microdeg: degrees(latitude, 90.0)?, longitude_microdeg: degrees(longitude, 180.0)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_two_numbers_of_the_globe() {
        let berlin = Place { latitude_microdeg: 52_520_008, longitude_microdeg: 13_404_954 };
        assert_eq!(place("52.520008, 13.404954"), Ok(berlin));
        assert!(place("-33.86,-180").is_ok());
        for wrong in ["", "52.5", "52.5;13.4", "91,0", "0,181", "NaN,0", "inf,0", "a,b", "1,2,3"] {
            assert!(place(wrong).is_err(), "{wrong}");
        }
    }
}
