/** The screens over a replica in memory, for looking at them one by one; no part of what is built and served. */
import "$design/base.css";

import { mount } from "svelte";

import App from "../App.svelte";
import { Session } from "../state/session.svelte.ts";
import { settings } from "../state/settings.svelte.ts";
import { MemoryReplica } from "./memory.ts";

const root = document.getElementById("root");
if (root !== null) {
  const replica = new MemoryReplica(Date.now(), !location.pathname.endsWith("/enrol"));
  await replica.keepDraft("visit:01920000-0000-7000-8000-000000000202", { notes: "Chutney sells well" });
  await settings.load();
  mount(App, { target: root, props: { session: new Session(replica) } });
}
