import "$design/base.css";

import { mount } from "svelte";

import Office from "./Office.svelte";

const root = document.getElementById("root");
if (root !== null) mount(Office, { target: root });
