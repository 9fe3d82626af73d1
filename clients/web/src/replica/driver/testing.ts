/** For this project's own tests: a device in a Node process, its parts, and frames as bytes. It is no part of what is published. */

export type { RecordRow, ViewRow } from "../src/engine/rows.ts";
export { shown } from "../src/model/shown.ts";
export { SearchIndex } from "../src/shell/search.ts";
export { Device } from "../src/shell/device.ts";
export { readFrame, writeFrame } from "../src/wire/codec.ts";
export { nodePlatform } from "./platform.ts";
