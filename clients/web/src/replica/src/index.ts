export * from "./client.ts";
export { orderTotals } from "./model/money.ts";
export { connect } from "./shell/connect.ts";
export { openRescueFile } from "./shell/rescue-format.ts";
