import { expect, it } from "vitest";

import { byField, resolutionOf } from "./conflicts.ts";

const side = (take: string, value: string, stands = false) => ({ take, value, stands, late: take === "late" });
const conflict = (path: string, position: number, origin: string, ...values: object[]): never =>
  ({ record_id: "r", path: [path], position, origin, version: 7, values }) as never;

it("one field is one conflict, each of its values once, what stands last", () => {
  const concurrent = conflict("phone", 3, "concurrent", side("aa", "1"), side("bb", "2", true));
  const late = conflict("phone", 5, "late", side("late", "3"), side("kept", "2", true));
  const [phone, name, ...more] = byField([concurrent, conflict("name", 4, "concurrent", side("cc", "N")), late]);
  expect(more).toEqual([]);
  expect(phone).toMatchObject({ origin: "late", version: 7 });
  expect(phone?.values.map(({ take, value, stands }) => [take, value, stands])).toEqual([
    ["aa", "1", false],
    ["late", "3", false],
    ["bb", "2", true],
  ]);
  expect(name?.path).toEqual(["name"]);
});

it("what earlier late work wrote is asked for as a value, as `late` means the latest", () => {
  const [one] = byField([
    conflict("phone", 5, "late", side("late", "3"), side("kept", "2", true)),
    conflict("phone", 6, "late", side("late", "4"), side("kept", "2", true)),
  ]);
  if (one === undefined) throw new Error("it is gone");
  const asked = one.values.map(({ take }) => resolutionOf(one, take));
  expect(asked).toEqual([{ value: "3" }, { take: "late" }, { value: "2" }]);
});
