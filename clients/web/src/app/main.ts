import "$design/base.css";

import { mount } from "svelte";

import App from "./App.svelte";

const root = document.getElementById("root");
if (root !== null) mount(App, { target: root });
