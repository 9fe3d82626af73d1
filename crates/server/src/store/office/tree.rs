//! The tree of territories: made, renamed, moved, taken out of use. What a change of the tree means for those who hold a
//! part of it is settled in the same append; its lock also keeps two admins from making a circle together.

use chrono::{DateTime, Utc};
use roadbook_model::{AccountId, ReassignmentId, TerritoryId};
use roadbook_sync::ledger::place::{Handover, Moved};
use serde::Serialize;
use serde_json::{Value as Json, json};
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::audit::{self, Act, By};
use super::holders::EndTerms;
use super::reassignments::{Deed, NewReassignment, Selection};
use super::territories::{at_once, settle};
use super::{Done, OfficeError, unknown};
use crate::ambient::{self, moment};
use crate::store::append::Append;
use crate::store::cells::{unsigned, unsigned32};
use crate::store::{Store, Stored};

/// Most levels of the tree, the root's included.
pub const LEVELS_MAX: i32 = 10;
/// Longest code, in characters.
pub const CODE_CHARS_MAX: usize = 40;
/// Longest name, in characters.
pub const NAME_CHARS_MAX: usize = 200;

/// A territory and its place in the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Territory)]
pub struct Node {
    /// The territory.
    #[schema(value_type = Uuid)]
    pub id: TerritoryId,
    /// Short word by which people name it.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// What it is a part of.
    #[serde(rename = "parent_id")]
    #[schema(value_type = Option<Uuid>)]
    pub parent: Option<TerritoryId>,
    /// The codes from the root down to its own.
    pub path: Vec<String>,
    /// Its level, from 1.
    pub level: u32,
    /// Whether it is the inbox.
    pub is_inbox: bool,
    /// When it was taken out of use.
    pub archived_at: Option<DateTime<Utc>>,
    /// What took over from it then.
    #[serde(rename = "successor_id")]
    #[schema(value_type = Option<Uuid>)]
    pub successor: Option<TerritoryId>,
    /// Counts its edits; also its ETag.
    pub version: i64,
    /// The accounts that lie in it, those of its parts not counted.
    pub accounts: u64,
}

/// A territory to make.
#[derive(Clone, Debug)]
pub struct NewNode {
    /// Short word by which people name it.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// What it is a part of.
    pub parent: Option<TerritoryId>,
    /// Whether it becomes the inbox.
    pub is_inbox: bool,
}

/// What to change of a territory; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct NodeEdit {
    /// Another code.
    pub code: Option<String>,
    /// Another name.
    pub name: Option<String>,
    /// Another place in the tree; `Some(None)` makes it a root.
    pub parent: Option<Option<TerritoryId>>,
    /// Whether it is the inbox. Making it that ends the former inbox.
    pub is_inbox: Option<bool>,
}

struct NodeRow {
    id: Uuid,
    code: String,
    name: String,
    parent_id: Option<Uuid>,
    path: Vec<String>,
    level: i32,
    is_inbox: bool,
    archived_at: Option<DateTime<Utc>>,
    successor_id: Option<Uuid>,
    version: i64,
    accounts: i64,
}

impl From<NodeRow> for Node {
    fn from(row: NodeRow) -> Self {
        Self {
            id: row.id.into(),
            code: row.code,
            name: row.name,
            parent: row.parent_id.map(Into::into),
            path: row.path,
            level: unsigned32(row.level),
            is_inbox: row.is_inbox,
            archived_at: row.archived_at,
            successor: row.successor_id.map(Into::into),
            version: row.version,
            accounts: unsigned(row.accounts),
        }
    }
}

impl Store {
    /// The whole tree by path, compared byte by byte, so each territory after what it is a part of. Those out of use only when asked for.
    #[instrument(name = "db.territory.list", skip_all, err(level = "debug"))]
    pub async fn list_territories(&self, with_archived: bool) -> Stored<Vec<Node>> {
        let mut tx = self.settled().await?;
        let query = sqlx::query_as!(
            NodeRow,
            r#"
            select id, code, name, parent_id, tree.path as "path!", tree.level as "level!", is_inbox, archived_at,
                   successor_id, version,
                   (select count(*) from sync.account
                where account.territory_id = territory.id and root_id is null and account.archived_at is null) as "accounts!"
            from org.tree() tree join org.territory on territory.id = tree.territory_id
            where $1 or archived_at is null
            order by tree.path collate "C"
            "#,
            with_archived
        );
        Ok(query.fetch_all(&mut *tx).await?.into_iter().map(Node::from).collect())
    }

    /// One territory, also one out of use.
    pub async fn lookup_node(&self, id: TerritoryId) -> Stored<Option<Node>> {
        node(&mut *self.settled().await?, id).await
    }

    /// Makes a territory. One that was made under this id before is left as it is.
    ///
    /// # Errors
    /// `bad_code`, `bad_name`, `code_taken`, `territory_archived`, `territory_too_deep`; an unknown parent.
    #[instrument(name = "db.territory.add", skip_all, fields(code = new.code), err(level = "debug"))]
    pub async fn add_territory(&self, by: &By, id: TerritoryId, new: &NewNode) -> Done<Node> {
        let (code, name) = (check_code(&new.code)?, check_name(&new.name)?);
        let mut append = self.append_followed().await?;
        if let Some(known) = node(append.connection(), id).await? {
            return Ok(known);
        }
        if let Some(parent) = new.parent {
            must_be_in_use(&mut append, parent).await?;
        }
        check_free(&mut append, id, code).await?;
        if new.is_inbox {
            end_inbox(&mut append, id).await?;
        }
        sqlx::query!(
            "insert into org.territory (id, code, name, parent_id, is_inbox) values ($1, $2, $3, $4, $5)",
            id.uuid(),
            code,
            name,
            new.parent.map(TerritoryId::uuid),
            new.is_inbox
        )
        .execute(append.connection())
        .await?;
        check_place(&mut append, id).await?;
        // Whoever holds what it is a part of holds it too.
        settle(&mut append, id, &at_once()).await?;
        let detail = json!({ "code": code, "name": name, "parent": new.parent, "inbox": new.is_inbox });
        finish(append, by, "territory.add", id, detail).await
    }

    /// Changes a territory. Moving it in the tree is a move of all its accounts for those who hold the places it leaves and
    /// comes to: on these terms.
    ///
    /// # Errors
    /// As [`Store::add_territory`]; also `territory_cycle`, and [`OfficeError::Stale`] when `version` is given and is not its version.
    #[instrument(name = "db.territory.edit", skip_all, fields(%id), err(level = "debug"))]
    pub async fn edit_territory(
        &self,
        by: &By,
        id: TerritoryId,
        version: Option<i64>,
        edit: &NodeEdit,
        terms: &Handover,
    ) -> Done<(Node, Moved)> {
        let code = edit.code.as_deref().map(check_code).transpose()?;
        let name = edit.name.as_deref().map(check_name).transpose()?;
        let mut append = self.append_followed().await?;
        let before = must_be_in_use(&mut append, id).await?;
        check_version(before.version, version)?;
        if let Some(code) = code {
            check_free(&mut append, id, code).await?;
        }
        if let Some(Some(parent)) = edit.parent {
            must_be_in_use(&mut append, parent).await?;
        }
        if edit.is_inbox == Some(true) {
            end_inbox(&mut append, id).await?;
        }
        let parent = edit.parent.unwrap_or(before.parent);
        sqlx::query!(
            "
            update org.territory
            set code = $2, name = $3, parent_id = $4, is_inbox = $5, version = version + 1
            where id = $1
            ",
            id.uuid(),
            code.unwrap_or(&before.code),
            name.unwrap_or(&before.name),
            parent.filter(|parent| *parent != id).map(TerritoryId::uuid),
            edit.is_inbox.unwrap_or(before.is_inbox)
        )
        .execute(append.connection())
        .await?;
        let mut moved = Moved::default();
        if parent != before.parent {
            if parent == Some(id) {
                return Err(cycle());
            }
            check_place(&mut append, id).await?;
            moved = settle(&mut append, id, terms).await?;
        }
        let detail = json!({
            "code": edit.code, "name": edit.name, "parent": edit.parent, "inbox": edit.is_inbox,
            "was": { "code": before.code, "name": before.name, "parent": before.parent, "inbox": before.is_inbox },
        });
        Ok((finish(append, by, "territory.edit", id, detail).await?, moved))
    }

    /// Takes a territory out of use. One that is not empty needs a successor, which gets its accounts (an ordinary move, on
    /// these terms) and its parts; its holdings end.
    ///
    /// # Errors
    /// `territory_not_empty` without a successor, `bad_successor`, `territory_too_deep`, [`OfficeError::Stale`]; then
    /// nothing was done.
    #[instrument(name = "db.territory.archive", skip_all, fields(%id), err(level = "debug"))]
    pub async fn archive_territory(
        &self,
        by: &By,
        id: TerritoryId,
        version: Option<i64>,
        successor: Option<TerritoryId>,
        terms: &EndTerms,
    ) -> Done<(Node, Moved)> {
        terms.check()?;
        let how = Archiving { id, version, successor, terms };
        // Looked at whole before anything moves; then the accounts go, whatever their number; then the rest, if nobody put
        // an account there meanwhile.
        let mut append = self.append_followed().await?;
        how.carry_out(&mut append).await?;
        drop(append);
        let mut moved = Moved::default();
        loop {
            if let Some(successor) = successor {
                let more = self.empty(id, successor, by, terms).await?;
                moved = if more.accounts > 0 { more } else { moved };
            }
            let mut append = self.append_followed().await?;
            let before = how.carry_out(&mut append).await?;
            if successor.is_some() && before.accounts > 0 {
                continue;
            }
            let detail = json!({ "code": before.code, "successor": successor, "accounts": moved.accounts });
            return Ok((finish(append, by, "territory.archive", id, detail).await?, moved));
        }
    }

    /// Moves what lies in a territory to another.
    async fn empty(&self, id: TerritoryId, to: TerritoryId, by: &By, terms: &EndTerms) -> Done<Moved> {
        let query = sqlx::query_scalar!(
            "select id from sync.account where territory_id = $1 and root_id is null",
            id.uuid()
        );
        let accounts: Vec<AccountId> =
            query.fetch_all(self.pool()).await?.into_iter().map(AccountId::from).collect();
        if accounts.is_empty() {
            return Ok(Moved::default());
        }
        let mut new = NewReassignment::now(Selection::Accounts(accounts), Some(to.into()));
        new.terms = terms.into();
        new.allow_unheld = true;
        let id = ReassignmentId::new(ambient::now_ms().unsigned_abs(), ambient::random());
        let deed = Deed::ordered(by, id, &new);
        match self.reassign_as(id, &new, by.person, Some(&deed)).await {
            Ok(moved) => Ok(moved.unwrap_or_default()),
            // Somebody else moved some of them meanwhile; whoever asks looks again.
            Err(error) if matches!(error.code(), "stale" | "nothing_to_move") => Ok(Moved::default()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Taking a territory out of use.
struct Archiving<'a> {
    id: TerritoryId,
    version: Option<i64>,
    successor: Option<TerritoryId>,
    terms: &'a EndTerms,
}

impl Archiving<'_> {
    /// All of it but the move of accounts. Returns the territory as it was.
    async fn carry_out(&self, append: &mut Append<'_>) -> Done<Node> {
        let before = must_be_in_use(append, self.id).await?;
        check_version(before.version, self.version)?;
        let terms = self.terms.from_now(append.book.now_ms);
        match self.successor {
            Some(successor) => hand_over_parts(append, self.id, successor, &terms).await?,
            None => check_empty(append, &before).await?,
        }
        retire(append, self.id, self.successor).await?;
        settle(append, self.id, &terms).await?;
        Ok(before)
    }
}

/// Gives the parts to the successor, and settles whoever is concerned.
async fn hand_over_parts(
    append: &mut Append<'_>,
    id: TerritoryId,
    successor: TerritoryId,
    terms: &Handover,
) -> Done<()> {
    must_be_in_use(append, successor).await?;
    let is_inside = sqlx::query_scalar!(
        r#"
        select (select path from org.tree() where territory_id = $1) <@
               (select path from org.tree() where territory_id = $2) as "inside!"
        "#,
        id.uuid(),
        successor.uuid()
    );
    if is_inside.fetch_one(append.connection()).await? {
        let text =
            "a territory cannot hand over to itself or a part of itself; move that part elsewhere first";
        return Err(OfficeError::conflict("bad_successor", text));
    }
    let query = sqlx::query_scalar!(
        "
        update org.territory set parent_id = $2, version = version + 1
        where parent_id = $1 and archived_at is null returning id
        ",
        id.uuid(),
        successor.uuid()
    );
    let parts = query.fetch_all(append.connection()).await?;
    for part in parts.into_iter().map(TerritoryId::from) {
        check_place(append, part).await?;
        settle(append, part, terms).await?;
    }
    Ok(())
}

/// Marks it out of use, and ends what hangs on it: holdings, and rules that place accounts in it.
pub(super) async fn retire(
    append: &mut Append<'_>,
    id: TerritoryId,
    successor: Option<TerritoryId>,
) -> Done<()> {
    let now = moment(append.book.now_ms);
    sqlx::query!(
        "
        update org.territory
        set archived_at = $2, successor_id = $3, is_inbox = false, version = version + 1 where id = $1
        ",
        id.uuid(),
        now,
        successor.map(TerritoryId::uuid)
    )
    .execute(append.connection())
    .await?;
    sqlx::query!("delete from org.holder where territory_id = $1 and from_at > $2", id.uuid(), now)
        .execute(append.connection())
        .await?;
    sqlx::query!(
        "
        update org.holder set to_at = greatest($2, from_at + interval '1 microsecond'), ended_at = $2
        where territory_id = $1 and (to_at is null or to_at > $2)
        ",
        id.uuid(),
        now
    )
    .execute(append.connection())
    .await?;
    super::membership::retire_rules(append, id).await?;
    Ok(())
}

async fn check_empty(append: &mut Append<'_>, node: &Node) -> Done<()> {
    let parts = sqlx::query_scalar!(
        r#"select count(*) as "count!" from org.territory where parent_id = $1 and archived_at is null"#,
        node.id.uuid()
    );
    let parts = parts.fetch_one(append.connection()).await?;
    let coming = coming(append.connection(), node.id).await?;
    if node.accounts == 0 && parts == 0 && coming == 0 {
        return Ok(());
    }
    let text = format!(
        "{} still has {} accounts and {parts} parts, and {coming} accounts are planned to come or to come back; move them \
         first, or name the territory that takes them over",
        node.code, node.accounts
    );
    Err(OfficeError::conflict("territory_not_empty", text))
}

/// How many accounts are planned to come to a territory, covers that come back among them.
async fn coming(connection: &mut sqlx::PgConnection, id: TerritoryId) -> Stored<i64> {
    let query = sqlx::query_scalar!(
        r#"
        with coming(account_id, territory_id) as (
            select item.account_id, item.to_territory_id
            from org.reassignment planned join org.reassignment_account item on item.reassignment_id = planned.id
            where planned.first_position is null and planned.outcome is null and planned.reverses is null
            union
            select item.account_id, item.from_territory_id
            from org.reassignment back
            join org.reassignment_account item on item.reassignment_id = back.reverses
            join sync.account on account.id = item.account_id
                and (account.territory_id = item.to_territory_id or account.territory_id = org.in_use(item.to_territory_id))
            where back.first_position is null and back.outcome is null
        ), place(id) as materialized (
            select id from (select distinct territory_id as id from coming) named where org.in_use(id) = $1
        )
        select count(distinct account_id) as "count!" from coming join place on place.id = coming.territory_id
        "#,
        id.uuid()
    );
    Ok(query.fetch_one(connection).await?)
}

/// Writes down what was done, commits, and shows the territory as it now is.
async fn finish(mut append: Append<'_>, by: &By, action: &str, id: TerritoryId, detail: Json) -> Done<Node> {
    append.publish_tree().await?;
    append.store().await?;
    let act = Act { action, subject: Some(("territory", id.uuid())), detail };
    audit::record(append.connection(), Some(by), act).await?;
    let found = node(append.connection(), id).await?;
    append.commit().await?;
    found.ok_or_else(|| unknown("territory", id))
}

async fn node(connection: &mut sqlx::PgConnection, id: TerritoryId) -> Stored<Option<Node>> {
    let query = sqlx::query_as!(
        NodeRow,
        r#"
        select id, code, name, parent_id, tree.path as "path!", tree.level as "level!", is_inbox, archived_at,
               successor_id, version,
               (select count(*) from sync.account
                where account.territory_id = territory.id and root_id is null and account.archived_at is null) as "accounts!"
        from org.tree() tree join org.territory on territory.id = tree.territory_id
        where id = $1
        "#,
        id.uuid()
    );
    Ok(query.fetch_optional(connection).await?.map(Node::from))
}

/// A territory that can be worked with.
pub(super) async fn must_be_in_use(append: &mut Append<'_>, id: TerritoryId) -> Done<Node> {
    let node = node(append.connection(), id).await?.ok_or_else(|| unknown("territory", id))?;
    match node.archived_at {
        None => Ok(node),
        Some(_) => Err(archived(&node.code)),
    }
}

/// Whether a territory may stand where it now stands.
pub(super) async fn check_place(append: &mut Append<'_>, id: TerritoryId) -> Done<()> {
    let query = sqlx::query_scalar!("select org.tree_fault($1, $2)", id.uuid(), LEVELS_MAX);
    match query.fetch_one(append.connection()).await?.as_deref() {
        None => Ok(()),
        Some("cycle") => Err(cycle()),
        Some("archived") => Err(archived("what it would be a part of")),
        Some(_) => {
            let text = format!("the tree would have more than {LEVELS_MAX} levels; place it higher up");
            Err(OfficeError::conflict("territory_too_deep", text))
        }
    }
}

async fn check_free(append: &mut Append<'_>, id: TerritoryId, code: &str) -> Done<()> {
    let query = sqlx::query_scalar!(
        r#"select exists (select from org.territory where code = $2 and id <> $1) as "taken!""#,
        id.uuid(),
        code
    );
    match query.fetch_one(append.connection()).await? {
        false => Ok(()),
        true => {
            let text =
                format!("another territory has the code {code:?}, perhaps one out of use; choose another");
            Err(OfficeError::conflict("code_taken", text))
        }
    }
}

async fn end_inbox(append: &mut Append<'_>, but: TerritoryId) -> Stored<()> {
    sqlx::query!(
        "update org.territory set is_inbox = false, version = version + 1 where is_inbox and id <> $1",
        but.uuid()
    )
    .execute(append.connection())
    .await?;
    Ok(())
}

/// Whether the editor saw what is edited.
pub(super) fn check_version(current: i64, seen: Option<i64>) -> Done<()> {
    match seen.is_none_or(|seen| seen == current) {
        true => Ok(()),
        false => Err(OfficeError::Stale { current }),
    }
}

fn cycle() -> OfficeError {
    OfficeError::conflict("territory_cycle", "a territory cannot be a part of itself or of one of its parts")
}

fn archived(what: &str) -> OfficeError {
    OfficeError::conflict(
        "territory_archived",
        format!("{what} is out of use; choose a territory that is in use"),
    )
}

/// A code is typed, printed and part of a path, so it holds no separators.
fn check_code(code: &str) -> Done<&str> {
    let code = code.trim();
    let is_plain = |c: char| !c.is_control() && !c.is_whitespace() && !matches!(c, '/' | '@' | ',' | '"');
    match (1..=CODE_CHARS_MAX).contains(&code.chars().count()) && code.chars().all(is_plain) {
        true => Ok(code),
        false => {
            let text = format!(
                "a code has 1 to {CODE_CHARS_MAX} characters, and no spaces, slashes, commas, quotes or @"
            );
            Err(OfficeError::invalid("bad_code", text))
        }
    }
}

fn check_name(name: &str) -> Done<&str> {
    let name = name.trim();
    match (1..=NAME_CHARS_MAX).contains(&name.chars().count()) && !name.chars().any(char::is_control) {
        true => Ok(name),
        false => {
            let text = format!("a name has 1 to {NAME_CHARS_MAX} characters and no control characters");
            Err(OfficeError::invalid("bad_name", text))
        }
    }
}
