import "$design/base.css";

import { connect } from "@roadbook/replica";
import { mount } from "svelte";

import App from "./App.svelte";
import { Session } from "./state/session.svelte.ts";
import { settings } from "./state/settings.svelte.ts";

const root = document.getElementById("root");
if (root !== null) {
  const session = new Session(connect());
  // The language first: words that change under the eye are a shift of the layout.
  await settings.load();
  mount(App, { target: root, props: { session } });
}
