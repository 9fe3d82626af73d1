//! What the server says of orders that were just submitted: another price, or somebody's word that they need. What becomes of it
//! is the ledger's affair ([`roadbook_sync::ledger`]).

use std::collections::BTreeMap;

use roadbook_model::pricing::{Credit, Line, Standing};
use roadbook_model::state::quote_expired;
use roadbook_model::value::int_of;
use roadbook_model::{Kind, PersonId, RecordId, Role, document, money};
use roadbook_protocol::code;
use roadbook_protocol::entry::{Review, ReviewLine};
use sqlx::PgConnection;
use tracing::instrument;

use super::{Assessed, Loaded, assess, credit, lowest_role, profile};
use crate::ambient::now_ms;
use crate::store::Stored;
use crate::store::append::Append;
use crate::store::office::{Done, OfficeError};

impl Append<'_> {
    /// Holds what was submitted in this append against what it costs (rule Q6), in the order in which it was submitted. Done with the
    /// append: a price that nobody looked at must not be accepted.
    #[instrument(name = "db.order.review", skip_all, err(level = "debug"))]
    pub(in crate::store) async fn review(&mut self) -> Stored<()> {
        let submitted = self.book.submitted();
        if submitted.is_empty() {
            return Ok(());
        }
        let is_published = is_published(&mut self.tx).await?;
        for (n, id) in submitted.iter().enumerate() {
            let Some(loaded) = self.loaded(*id).await? else { continue };
            let by = loaded.decision.as_ref().map_or(loaded.envelope.creator, |decision| decision.by);
            // Whoever hands in what another wrote does not vouch for it, nor the other way round.
            let role = lowest_role(&mut self.tx, &[loaded.envelope.creator, by]).await?;
            let assessed = assess(&mut self.tx, &loaded).await?;
            // The book knows better than the record what becomes of the orders of this append. Those handed in after this one do
            // not count against it.
            let at_hand: Vec<RecordId> = self.book.records.keys().copied().collect();
            let more_minor = self.open_minor(&loaded, submitted.get(n..).unwrap_or_default());
            let credit = credit(&mut self.tx, &loaded, &at_hand, more_minor).await?;
            let judgement = assessed.judge(role, &credit);
            let reasons = judgement.reasons.iter().map(|reason| reason.code).collect();
            let found = Found { reasons, approver: judgement.approver, is_published };
            self.book.review(*id, review_of(&loaded, &assessed, found));
        }
        Ok(())
    }

    /// Prices an order that the office just wrote, as a device does with what its person writes. Lines at somebody's own price keep
    /// it.
    ///
    /// # Errors
    /// `no_price` for one of these lines that nothing prices and for which none was written.
    pub(in crate::store) async fn price_written(
        &mut self,
        by: PersonId,
        order: RecordId,
        unpriced: &[String],
    ) -> Done<()> {
        let Some(loaded) = self.loaded(order).await? else { return Ok(()) };
        let assessed = assess(&mut self.tx, &loaded).await?;
        let is_bare = |key: &String| unpriced.contains(key) && assessed.unpriced.contains(key);
        let bare = assessed.order.lines.iter().find(|line| is_bare(&line.key));
        if let Some(line) = bare {
            let text = format!("{} has no list price in {}: write one.", line.sku, assessed.order.currency);
            return Err(OfficeError::invalid("no_price", text));
        }
        let lines = compare(&loaded, &assessed).lines;
        let tax_minor = assessed.priced.tax_minor;
        // A discount on the whole, or another country, may change the tax alone.
        let is_taxed_so = int_of(&loaded.fields, "priced_tax_minor").unwrap_or(0) == tax_minor;
        if !(lines.is_empty() && is_taxed_so) {
            self.book.price_written(by, order, &lines, tax_minor).map_err(OfficeError::Unfit)?;
        }
        Ok(())
    }

    /// An order of the book, with its account as this append leaves it.
    async fn loaded(&mut self, id: RecordId) -> Stored<Option<Loaded>> {
        let Some(record) = self.book.records.get(&id) else { return Ok(None) };
        let (envelope, decision) = (record.envelope, record.decision.clone());
        let fields = document::hydrate(envelope.kind.spec(), &record.doc);
        let root = self.book.root_of(envelope.account);
        let profile = match self.book.records.get(&root.record()) {
            Some(account) => document::hydrate(Kind::ACCOUNT.spec(), &account.doc),
            None => {
                let query =
                    sqlx::query_scalar!("select snapshot from sync.record where id = $1", root.uuid());
                profile(query.fetch_optional(&mut *self.tx).await?.as_deref())?
            }
        };
        // What is part of another lies where that one lies.
        let territory = self.book.accounts.get(&envelope.account).map(|row| row.territory);
        Ok(Some(Loaded { envelope, fields, root, profile, territory, version: 0, decision }))
    }

    /// What the orders of the book come to that the account of an order owes, but for these ones.
    fn open_minor(&self, loaded: &Loaded, without: &[RecordId]) -> i64 {
        let open = self.book.records.values().filter_map(|record| {
            let decision = record.decision.as_ref()?;
            let is_counted = record.envelope.kind == Kind::ORDER
                && !without.contains(&record.envelope.id)
                && self.book.root_of(record.envelope.account) == loaded.root;
            let fields = is_counted.then(|| document::hydrate(Kind::ORDER.spec(), &record.doc))?;
            let standing = Standing {
                state: &decision.state,
                decided_minor: decision.total_minor,
                accepted_ms: decision.effective_ms,
            };
            Some(Credit::of_order(&fields, standing, &loaded.profile))
        });
        open.fold(0, i64::saturating_add)
    }
}

/// Whether the office publishes prices at all. Where it does not, that a line has none says nothing.
async fn is_published(connection: &mut PgConnection) -> Stored<bool> {
    let query = sqlx::query_scalar!(
        r#"select exists (select from sync.reference where set in ('products', 'prices')) as "it!""#
    );
    Ok(query.fetch_one(connection).await?)
}

/// Why an order needs somebody's word.
struct Found {
    reasons: Vec<&'static str>,
    approver: Option<Role>,
    is_published: bool,
}

fn review_of(loaded: &Loaded, assessed: &Assessed, found: Found) -> Review {
    let fields = &loaded.fields;
    let Found { reasons, approver, is_published } = found;
    let reasons = reasons.into_iter().filter(|code| is_published || *code != "no_list_price");
    let mut reasons: Vec<String> = reasons.map(str::to_owned).collect();
    reasons.dedup();
    let mut approver = approver.filter(|_| !reasons.is_empty());
    // Rule Q9: it may have been captured in time.
    if quote_expired(fields, now_ms()) {
        reasons.push(code::QUOTE_EXPIRED.to_owned());
        approver = approver.max(Some(Role::Manager));
    }
    let compared = compare(loaded, assessed);
    Review {
        captured_minor: money::total_of(fields),
        captured_tax_minor: int_of(fields, "priced_tax_minor"),
        priced_minor: compared.priced_minor,
        priced_tax_minor: assessed.priced.tax_minor,
        differs: compared.differs,
        reasons,
        approver: approver.map(|role| role.to_string()),
        lines: if compared.differs { compared.lines } else { Vec::new() },
    }
}

/// An order's captured lines beside what they cost.
struct Compared {
    priced_minor: i64,
    differs: bool,
    lines: Vec<ReviewLine>,
}

/// Line by line, so that one that nothing prices hides no other: it cannot be held against anything, and counts on both sides at
/// what it was captured at. For its tax, all lines must have a price.
fn compare(loaded: &Loaded, Assessed { order, priced, unpriced, .. }: &Assessed) -> Compared {
    let captured = money::lines(&loaded.fields);
    let written: BTreeMap<&str, &Line> = order.lines.iter().map(|line| (line.key.as_str(), line)).collect();
    let mut found = Compared { priced_minor: priced.freight_minor, differs: false, lines: Vec::new() };
    // Of lines that say the same, it does not matter which of them has a cent more.
    let mut alike: BTreeMap<_, (Vec<i64>, Vec<i64>)> = BTreeMap::new();
    for line in &priced.lines {
        let captured_minor = captured.get(line.key.as_str()).map_or(0, money::Line::total_minor);
        let Some(own) = written.get(line.key.as_str()) else { continue };
        let unit_price_minor = own.own_price_minor.or(line.list_unit_minor);
        let unit_price_minor = unit_price_minor.filter(|_| !unpriced.contains(&line.key));
        let Some(unit_price_minor) = unit_price_minor else {
            found.priced_minor = found.priced_minor.saturating_add(captured_minor);
            continue;
        };
        found.priced_minor = found.priced_minor.saturating_add(line.net_minor);
        let (before, now) =
            alike.entry((&own.sku, own.quantity, own.own_price_minor, own.discount_bp)).or_default();
        before.push(captured_minor);
        now.push(line.net_minor);
        let (item, net_minor) = (line.key.clone(), line.net_minor);
        found.lines.push(ReviewLine { item, unit_price_minor, net_minor });
    }
    let tax_minor = int_of(&loaded.fields, "priced_tax_minor").filter(|_| unpriced.is_empty());
    let is_tax_other = !priced.lines.is_empty() && tax_minor.is_some_and(|minor| minor != priced.tax_minor);
    found.differs = is_tax_other
        || alike.into_values().any(|(mut before, mut now)| {
            before.sort_unstable();
            now.sort_unstable();
            before != now
        });
    found
}
