import { expect, test } from "vitest";

import type { Fields, ReplicaClient } from "@roadbook/replica";
import { en } from "$texts/app/en.ts";

import { ownerText } from "./owner.ts";

const client = {
  reference: (_: string, id: string) => Promise.resolve(id === "andrew" ? { value: { name: "Andrew Fuller" } } : null),
  references: () =>
    Promise.resolve([
      { set: "departments", key: "SERVICE", value: { id: "d1", name: "Service" } },
      { set: "departments", key: "broken", value: null },
    ]),
  record: () => Promise.resolve(null),
} as unknown as ReplicaClient;

const owner = (fields: Fields, creator = "me"): Promise<string> => ownerText(client, en, { fields, creator }, "me");

test("a task is its assignee's, else its department's, else its writer's, and of one's own nothing is said", async () => {
  expect(await owner({ assignee_id: "andrew", department_id: "d1" })).toBe("For Andrew Fuller");
  expect(await owner({ department_id: "d1" })).toBe("Queue of Service");
  expect(await owner({ department_id: "d2" })).toBe(`Queue of ${en.values.another}`);
  expect(await owner({}, "andrew")).toBe("For Andrew Fuller");
  expect(await owner({ assignee_id: "me", department_id: "d1" }, "andrew")).toBe("");
  expect(await owner({})).toBe("");
});
