import { expect, it } from "vitest";

import { callLink, mailLink, routeLink } from "./links.ts";

it("dials digits, and nothing else that stands in the field", () => {
  expect(callLink("+49 (30) 007-4321")).toBe("tel:+49300074321");
  expect(callLink("javascript:alert(1)")).toBeNull();
  expect(callLink(null)).toBeNull();
});

it("writes to an address, and not with headers of someone else's making", () => {
  expect(mailLink("maria@alfreds.example")).toBe("mailto:maria@alfreds.example");
  expect(mailLink("a@b.example?bcc=everyone")).toBe("mailto:a@b.example%3Fbcc%3Deveryone");
  expect(mailLink("a@b.example?bcc=c@d.example")).toBeNull();
  expect(mailLink("no address")).toBeNull();
});

it("finds the way by position, else by address", () => {
  expect(routeLink({ latitude_microdeg: 52_457_000, longitude_microdeg: 13_385_000 })).toBe(
    "geo:52.457,13.385?q=52.457,13.385",
  );
  expect(routeLink({ street: "Obere Str. 57", city: "Berlin" })).toBe("geo:0,0?q=Obere%20Str.%2057%2C%20Berlin");
  expect(routeLink({})).toBeNull();
});
