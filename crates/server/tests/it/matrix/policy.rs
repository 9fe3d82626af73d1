//! What is expected of each endpoint.

use roadbook_model::permission::Role;

/// What is expected of one endpoint.
#[derive(Debug)]
pub struct Rule {
    /// Its operation id.
    pub operation: &'static str,
    /// Who may use it; `None` needs no token.
    pub roles: Option<&'static [Role]>,
    /// Whether managers and reps who may use it see what is not in their reach.
    pub sees_all: bool,
}

impl Rule {
    pub fn is_open(&self) -> bool {
        self.roles.is_none()
    }

    pub fn admits(&self, role: Role) -> bool {
        self.roles.is_some_and(|roles| roles.contains(&role))
    }
}

const OFFICE: Option<&[Role]> = Some(&[Role::Office, Role::Admin]);
const ADMIN: Option<&[Role]> = Some(&[Role::Admin]);
const LEADING: Option<&[Role]> = Some(&[Role::Manager, Role::Admin]);
const COACHING: Option<&[Role]> = Some(&[Role::Manager, Role::Office, Role::Admin]);
const MANAGING: Option<&[Role]> = Some(&[Role::Rep, Role::Manager, Role::Admin]);
const ALL: Option<&[Role]> = Some(&Role::ALL);

const fn rule(operation: &'static str, roles: Option<&'static [Role]>) -> Rule {
    Rule { operation, roles, sees_all: false }
}

/// Every endpoint.
pub const POLICY: &[Rule] = &[
    rule("accounts.links", ALL),
    rule("accounts.list", ALL),
    rule("accounts.merge", OFFICE),
    rule("accounts.place", OFFICE),
    rule("accounts.read", ALL),
    rule("accounts.timeline", ALL),
    rule("audit.list", ADMIN),
    rule("devices.list", ALL),
    rule("devices.edit", MANAGING),
    rule("devices.rescue", OFFICE),
    rule("devices.revoke", MANAGING),
    rule("devices.read", ALL),
    rule("briefs.read", ALL),
    rule("conflicts.list", OFFICE),
    rule("conflicts.list_of_record", ALL),
    rule("conflicts.resolve", OFFICE),
    rule("departments.add", ADMIN),
    rule("departments.add_member", ADMIN),
    rule("departments.list", ALL),
    rule("departments.queue", ALL),
    rule("departments.done", ALL),
    rule("departments.steps", ALL),
    rule("departments.run", ALL),
    rule("departments.remove", ADMIN),
    rule("departments.remove_member", ADMIN),
    rule("departments.edit", ADMIN),
    Rule { operation: "departments.read", roles: ALL, sees_all: true },
    rule("due.list", ALL),
    rule("due.territories", ALL),
    rule("duplicates.list", OFFICE),
    rule("duplicates.set_apart", OFFICE),
    rule("enrol.add", None),
    rule("enrol_codes.add", LEADING),
    rule("figures.list", ALL),
    rule("figures.read", ALL),
    rule("health.live", None),
    rule("health.metrics", None),
    rule("health.openapi", None),
    rule("health.ready", None),
    rule("held.list", OFFICE),
    rule("held.read", OFFICE),
    rule("held.settle", OFFICE),
    rule("holders.add", ADMIN),
    rule("holders.edit", ADMIN),
    rule("holders.end", ADMIN),
    rule("holders.list", ALL),
    rule("holders.read", ALL),
    rule("exports.accounts", OFFICE),
    rule("exports.consents", OFFICE),
    rule("exports.contacts", OFFICE),
    rule("exports.orders", OFFICE),
    rule("imports.add", OFFICE),
    rule("imports.cancel", OFFICE),
    rule("imports.check", OFFICE),
    rule("imports.failed", OFFICE),
    rule("imports.list", OFFICE),
    rule("imports.put_part", OFFICE),
    rule("imports.read", OFFICE),
    rule("imports.rows", OFFICE),
    rule("imports.run", OFFICE),
    rule("jwks.read", None),
    rule("late.list", OFFICE),
    rule("log.list", OFFICE),
    rule("names.list", ALL),
    rule("orders.csv", ALL),
    rule("orders.list", ALL),
    rule("orders.pdf", ALL),
    rule("orders.read", ALL),
    rule("orders.ubl", ALL),
    rule("people.add", ADMIN),
    rule("people.edit", ADMIN),
    rule("people.deactivate", ADMIN),
    rule("links.add", ADMIN),
    rule("people.list", ALL),
    rule("me.change_password", ALL),
    rule("me.end_session", ALL),
    rule("me.list_sessions", ALL),
    rule("me.read", ALL),
    rule("people.reactivate", ADMIN),
    Rule { operation: "processes.figures", roles: ALL, sees_all: true },
    Rule { operation: "processes.practice", roles: ALL, sees_all: true },
    Rule { operation: "processes.list", roles: ALL, sees_all: true },
    Rule { operation: "processes.owners", roles: ALL, sees_all: true },
    rule("processes.publish_shipped", ADMIN),
    rule("records.answer", ALL),
    rule("people.read", ALL),
    rule("reassignments.accounts", OFFICE),
    rule("reassignments.add", ADMIN),
    rule("reassignments.cancel", ADMIN),
    rule("reassignments.devices", OFFICE),
    rule("reassignments.list", OFFICE),
    rule("reassignments.preview", ADMIN),
    rule("reassignments.read", OFFICE),
    rule("reassignments.reverse", ADMIN),
    rule("records.add", OFFICE),
    rule("records.coach", COACHING),
    rule("records.edit", OFFICE),
    rule("records.history", ALL),
    rule("records.price", ALL),
    rule("records.read", ALL),
    rule("records.remarks", ALL),
    Rule { operation: "reference.list", roles: ALL, sees_all: true },
    rule("reference.publish", OFFICE),
    rule("requests.add", ALL),
    rule("sample.load", ADMIN),
    rule("sample.read", OFFICE),
    rule("sample.remove", ADMIN),
    rule("settings.edit", ADMIN),
    rule("settings.read", OFFICE),
    rule("rules.apply", ADMIN),
    rule("rules.areas", OFFICE),
    rule("rules.preview", ADMIN),
    rule("rules.put", ADMIN),
    rule("rules.read", ALL),
    rule("search.list", ALL),
    rule("session.begin", None),
    rule("session.begin_oidc", None),
    rule("session.end", None),
    rule("session.link", None),
    rule("session.provider", None),
    rule("session.refresh", None),
    rule("session.return_oidc", None),
    rule("sync.answer", None),
    rule("sync.upgrade", None),
    rule("calls.list", ALL),
    rule("cases.list", ALL),
    rule("opportunities.list", ALL),
    rule("tasks.list", ALL),
    rule("visits.list", ALL),
    rule("why.read", ALL),
    rule("territories.add", ADMIN),
    rule("territories.archive", ADMIN),
    rule("territories.edit", ADMIN),
    rule("territories.list", ALL),
    rule("territories.read", ALL),
];
