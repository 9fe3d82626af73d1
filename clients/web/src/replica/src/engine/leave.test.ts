// What keeps a person from signing out: nothing may be lost by it.

import { expect, test } from "vitest";

import type { ReplicaError } from "../client.ts";
import { ACCOUNT, World } from "../testing/offline.ts";
import { mustLoseNothing, order, type Undecided } from "./leave.ts";
import type { Tx } from "./tx.ts";

const refusal = (tx: Tx, undecided: Undecided): string => {
  try {
    mustLoseNothing(tx, undecided);
    return "none";
  } catch (error) {
    return (error as ReplicaError).code;
  }
};

test("w7 nobody signs out while an item has no receipt, and of the tray only knowingly", async () => {
  const device = await new World().device();
  await device.transaction((tx) => {
    expect(refusal(tx, "stops")).toBe("none");
    return Promise.resolve();
  });
  const { number } = await device.create("visit", ACCOUNT, { state: "planned" });
  await device.transaction((tx) => {
    expect(refusal(tx, "left")).toBe("unsent_work");
    const item = tx.item(number);
    if (item === undefined) throw new Error("nothing was captured");
    const reason = { code: "late_review", rule: "L5", path: [], text: "late" };
    const receipt = { number: BigInt(number), position: 1n, outcome: { held: reason } };
    tx.putItem({ ...item, tray: true, receipt });
    expect([refusal(tx, "stops"), refusal(tx, "left")]).toEqual(["undecided_work", "none"]);
    order(tx);
    expect(refusal(tx, "left")).toBe("device_leaving");
    return Promise.resolve();
  });
  await device.close();
});
