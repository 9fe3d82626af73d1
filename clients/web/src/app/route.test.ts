import { describe, expect, it } from "vitest";

import { parentOf, pathOf, routeOf, type Route } from "./route.ts";

const ID = "01920000-0000-7000-8000-000000000001";
const at = (path: string): Route => routeOf(new URL(path, "https://roadbook.example"));

const ROUTES: readonly Route[] = [
  { at: "today" },
  { at: "accounts" },
  { at: "newAccount" },
  { at: "nearby" },
  { at: "tasks" },
  { at: "settings" },
  { at: "held" },
  { at: "enrol" },
  { at: "account", id: ID },
  { at: "editAccount", id: ID },
  { at: "visit", id: ID },
  { at: "order", id: ID },
  { at: "editOrder", id: ID },
  { at: "contact", id: ID },
  { at: "task", id: ID },
  { at: "comment", id: ID },
  { at: "planVisit", account: ID },
  { at: "newContact", account: ID },
  { at: "newTask", account: ID },
  { at: "newOutlet", account: ID },
  { at: "brief", account: ID },
  { at: "newOrder", account: ID },
  { at: "newOrder", account: ID, from: ID },
];

describe("routes", () => {
  it.each(ROUTES)("$at leads to a path and back", (route) => {
    expect(at(pathOf(route))).toEqual(route);
  });

  it.each([
    "/app/accounts/not-an-id",
    "/app/nothing",
    `/app/accounts/${ID}/nothing`,
    `/app/accounts/${ID}/order?from=x`,
    `/app/toString/${ID}`,
    "/office/",
  ])("%s is nowhere", (path) => {
    expect(at(path)).toEqual({ at: "nowhere" });
  });

  it("knows the app's root with and without its last slash", () => {
    expect(at("/app")).toEqual({ at: "today" });
    expect(at("/app/")).toEqual({ at: "today" });
  });

  it("leads back from a form to where it belongs", () => {
    expect(parentOf({ at: "newOrder", account: ID })).toEqual({ at: "account", id: ID });
    expect(parentOf({ at: "task", id: ID })).toEqual({ at: "tasks" });
  });
});
