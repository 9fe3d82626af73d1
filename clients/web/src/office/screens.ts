/** The console's screens: where they are, what they are called, and whom they are for. */
import type { Component } from "svelte";

import type { IconName } from "$design/icons";
import { t } from "$texts/office";

import type { Counts } from "./state/counts.svelte.ts";
import Account from "./screens/account/Account.svelte";
import Accounts from "./screens/Accounts.svelte";
import Cases from "./screens/Cases.svelte";
import Conflicts from "./screens/inbox/Conflicts.svelte";
import Duplicates from "./screens/inbox/Duplicates.svelte";
import Held from "./screens/inbox/Held.svelte";
import Late from "./screens/inbox/Late.svelte";
import Unassigned from "./screens/inbox/Unassigned.svelte";
import MoveOrNew from "./screens/moves/MoveOrNew.svelte";
import Moves from "./screens/moves/Moves.svelte";
import Territories from "./screens/territories/Territories.svelte";
import Audit from "./screens/Audit.svelte";
import Device from "./screens/devices/Device.svelte";
import Devices from "./screens/devices/Devices.svelte";
import Rescue from "./screens/devices/Rescue.svelte";
import ImportPage from "./screens/imports/ImportPage.svelte";
import Imports from "./screens/imports/Imports.svelte";
import DepartmentRun from "./screens/people/DepartmentRun.svelte";
import Departments from "./screens/people/Departments.svelte";
import AsRep from "./screens/people/AsRep.svelte";
import People from "./screens/people/People.svelte";
import PersonPage from "./screens/people/PersonPage.svelte";
import Processes from "./screens/processes/Processes.svelte";
import ProcessOrNew from "./screens/processes/ProcessOrNew.svelte";
import Reference from "./screens/reference/Reference.svelte";
import SetPage from "./screens/reference/SetPage.svelte";
import Settings from "./screens/settings/Settings.svelte";
import Opportunities from "./screens/Opportunities.svelte";
import Orders from "./screens/Orders.svelte";
import RecordPage from "./screens/record/RecordPage.svelte";
import SearchPage from "./screens/SearchPage.svelte";
import Tasks from "./screens/Tasks.svelte";
import DueAccounts from "./screens/plan/DueAccounts.svelte";
import Team from "./screens/plan/Team.svelte";
import PeoplesDay from "./screens/visits/PeoplesDay.svelte";
import Visits from "./screens/visits/Visits.svelte";
import Live from "./screens/Live.svelte";

/** What a screen gets of its address: the step after its name, if there is one. */
export interface ScreenProps {
  readonly id: string;
}

/**
 * For whom: everybody, reps too; everybody whose work is done here; those who see everything; those who may change everything.
 */
export type Audience = "everybody" | "all" | "office" | "admin";

export interface Screen {
  readonly path: string;
  readonly label: string;
  readonly icon: IconName;
  /** The screen in the menu that it is a part of, if it has no place of its own there. */
  readonly under?: string;
  /** Where it stands in the menu; without it, one comes to it from elsewhere. */
  readonly group?: keyof typeof t.desk.groups;
  readonly audience: Audience;
  readonly count?: keyof Counts;
  readonly list: Component<ScreenProps>;
  /** For one of them; without it the list shows it beside itself. */
  readonly one?: Component<ScreenProps>;
}

const { nav } = t.desk;
const { kinds } = t;

/** A screen that is always the same, whatever follows its name. */
function plain(screen: Component): Component<ScreenProps> {
  return screen;
}

export const SCREENS: readonly Screen[] = [
  { path: "live", label: nav.live, icon: "sync", group: "now", audience: "office", list: plain(Live) },
  {
    path: "accounts",
    label: kinds.account.many,
    icon: "shop",
    group: "now",
    audience: "all",
    list: plain(Accounts),
    one: Account,
  },
  { path: "orders", label: kinds.order.many, icon: "order", group: "now", audience: "all", list: plain(Orders) },
  { path: "visits", label: kinds.visit.many, icon: "calendar", group: "now", audience: "all", list: plain(Visits) },
  { path: "days", label: nav.days, icon: "clock", group: "now", audience: "all", list: plain(PeoplesDay) },
  { path: "team", label: nav.team, icon: "people", group: "now", audience: "all", list: plain(Team) },
  { path: "due", label: nav.due, icon: "route", group: "now", audience: "all", list: plain(DueAccounts) },
  { path: "tasks", label: kinds.task.many, icon: "task", group: "now", audience: "all", list: plain(Tasks) },
  { path: "cases", label: kinds.case.many, icon: "warn", group: "now", audience: "all", list: plain(Cases) },
  {
    path: "opportunities",
    label: kinds.opportunity.many,
    icon: "star",
    group: "now",
    audience: "all",
    list: plain(Opportunities),
  },
  { path: "held", label: nav.held, icon: "hand", group: "inboxes", audience: "office", count: "held", list: Held },
  { path: "late", label: nav.late, icon: "clock", group: "inboxes", audience: "office", list: plain(Late) },
  {
    path: "conflicts",
    label: nav.conflicts,
    icon: "warn",
    group: "inboxes",
    audience: "office",
    count: "conflicts",
    list: plain(Conflicts),
  },
  {
    path: "unassigned",
    label: nav.unassigned,
    icon: "place",
    group: "inboxes",
    audience: "office",
    count: "unassigned",
    list: plain(Unassigned),
  },
  {
    path: "duplicates",
    label: nav.duplicates,
    icon: "shop",
    group: "inboxes",
    audience: "office",
    count: "duplicates",
    list: plain(Duplicates),
  },
  { path: "territories", label: nav.territories, icon: "tree", group: "admin", audience: "office", list: Territories },
  {
    path: "moves",
    label: nav.moves,
    icon: "route",
    group: "admin",
    audience: "office",
    count: "failed",
    list: plain(Moves),
    one: MoveOrNew,
  },
  {
    path: "people",
    label: nav.people,
    icon: "person",
    group: "admin",
    audience: "office",
    list: plain(People),
    one: PersonPage,
  },
  {
    path: "as",
    label: nav.people,
    icon: "person",
    under: "people",
    audience: "office",
    list: plain(People),
    one: AsRep,
  },
  {
    path: "departments",
    label: nav.departments,
    icon: "people",
    group: "admin",
    // Members work on their queue here, whatever their territory and role.
    audience: "everybody",
    list: Departments,
  },
  {
    path: "work",
    label: nav.departments,
    icon: "people",
    under: "departments",
    audience: "everybody",
    list: Departments,
    one: DepartmentRun,
  },
  {
    path: "processes",
    label: nav.processes,
    icon: "route",
    group: "admin",
    audience: "office",
    list: plain(Processes),
    one: ProcessOrNew,
  },
  {
    path: "reference",
    label: nav.reference,
    icon: "list",
    group: "admin",
    audience: "office",
    list: plain(Reference),
    one: SetPage,
  },
  {
    path: "devices",
    label: nav.devices,
    icon: "phone",
    group: "admin",
    audience: "office",
    list: plain(Devices),
    one: Device,
  },
  {
    path: "imports",
    label: nav.imports,
    icon: "upload",
    group: "admin",
    audience: "office",
    list: plain(Imports),
    one: ImportPage,
  },
  { path: "rescue", label: nav.rescue, icon: "phone", audience: "office", list: plain(Rescue), under: "devices" },
  {
    path: "settings",
    label: nav.settings,
    icon: "settings",
    group: "admin",
    audience: "office",
    list: plain(Settings),
  },
  { path: "audit", label: nav.audit, icon: "list", group: "admin", audience: "admin", list: plain(Audit) },
  { path: "records", label: nav.records, icon: "note", audience: "all", list: plain(SearchPage), one: RecordPage },
  { path: "search", label: nav.search, icon: "search", audience: "all", list: plain(SearchPage) },
];
