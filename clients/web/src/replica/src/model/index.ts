/** For pages that have no device: the rules as data and types, and what follows from them alone. */

export type { Fields, Json } from "../client.ts";
export * from "../generated/model.ts";
export { fieldOf, itemsOf, kindNamed } from "./model.ts";
export { readTemplate, type Template } from "./process/template.ts";
export { type RunFacts, type StepView, viewOf } from "./process/view.ts";
export { quoteNumber } from "./quote.ts";
export { isDocumentOpen, isHandedIn, isQuoteExpired, mayCreate, mayRequest, transitionOf } from "./right.ts";
