//! Captures in an enrolled home until somebody kills it, and says on standard output what it saved: a line for each
//! capture, written only after its method returned. For tests of what a kill may leave behind.
//!
//! `capture_until_killed <home> <account>`

use std::env;
use std::error::Error;
use std::io::{Write, stdout};
use std::path::Path;

use roadbook_model::{AccountId, Edit, Fields, Kind, Value, Verb};
use roadbook_replica::Device;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let home = arguments.next().ok_or("the home folder is missing")?;
    let account: AccountId = arguments.next().ok_or("the account is missing")?.parse()?;
    let device = Device::open(Path::new(&home))?;
    let mut said = stdout().lock();
    for round in 0_u64.. {
        let visit = device.create(Kind::VISIT, account, words("planned", "subject", round))?;
        writeln!(said, "visit {visit} {round}")?;
        said.flush()?;
        let path = vec!["notes".to_owned()];
        let insert = format!("round {round} ").repeat(20);
        device.edit(visit, &[Edit::Splice { path, at: 0, delete: 0, insert }])?;
        writeln!(said, "notes {visit} {round}")?;
        said.flush()?;
        let mut order = words("draft", "reference", round);
        order.insert("currency".to_owned(), Value::Str("EUR".to_owned()));
        order.insert("lines".to_owned(), lines());
        let order = device.create(Kind::ORDER, account, order)?;
        writeln!(said, "order {order} {round}")?;
        said.flush()?;
        device.request(Verb::Submit, order)?;
        writeln!(said, "submit {order} {round}")?;
        said.flush()?;
    }
    Ok(())
}

fn lines() -> Value {
    let line = [
        ("sku".to_owned(), Value::Str("011".to_owned())),
        ("quantity".to_owned(), Value::Int(1)),
        ("unit_price_minor".to_owned(), Value::Int(999)),
    ];
    let key = "01234567-89ab-7def-8123-456789abcdef".to_owned();
    Value::Map(Fields::from([(key, Value::Map(Fields::from(line)))]))
}

fn words(state: &str, field: &str, round: u64) -> Fields {
    Fields::from([
        ("state".to_owned(), Value::Str(state.to_owned())),
        (field.to_owned(), Value::Str(format!("round {round}"))),
    ])
}
