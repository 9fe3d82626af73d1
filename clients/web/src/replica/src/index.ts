export { sentenceIn, type Sentences } from "./brief/words.ts";
export * from "./client.ts";
export { LIKELY, type Likeness, likeness, nameTokens, traitsOf } from "./model/alike.ts";
export { Practice } from "./model/process/practice.ts";
export { orderTotals, pricedAs } from "./model/money.ts";
export { quoteNumber } from "./model/quote.ts";
export { isQuoteExpired } from "./model/right.ts";
export { connect } from "./shell/connect.ts";
export { openRescueFile } from "./shell/rescue-format.ts";
