/** For this project's own tests: a device in a Node process, frames as bytes, and the index of words. It is no part of what is published. */

export type { RecordRow, ViewRow } from "../src/engine/rows.ts";
export { kindNamed } from "../src/model/model.ts";
export { shown } from "../src/model/shown.ts";
export { Device } from "../src/shell/device.ts";
export { SearchIndex } from "../src/shell/search.ts";
export { writeFrame } from "../src/wire/codec.ts";
export { nodePlatform } from "./platform.ts";
