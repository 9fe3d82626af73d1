//! What has not arrived yet of those who had the account before: devices that still drain, work that is held, work that
//! came late. Only the server knows; a device's brief has no such section.

use crate::brief::dossier::View;
use crate::brief::{Section, Statement, Topic};

const MOST: usize = 10;

pub(in crate::brief) fn section(view: &View<'_>) -> Option<Section> {
    let outstanding = view.dossier.outstanding.as_ref()?;
    let statements =
        outstanding.iter().map(|one| Statement::new(one.fact.clone(), vec![one.source.clone()])).collect();
    Some(Section::of(Topic::Outstanding, statements, MOST))
}
