/** For this project's own tests: a device in a Node process, and frames as bytes. It is no part of what is published. */

export { Device } from "../src/shell/device.ts";
export { writeFrame } from "../src/wire/codec.ts";
export { nodePlatform } from "./platform.ts";
