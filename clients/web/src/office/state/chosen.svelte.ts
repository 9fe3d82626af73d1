/** Accounts that were chosen on one screen for something that is done on another. Kept while the page is open. */
import { SvelteMap } from "svelte/reactivity";

/** Names by id. */
export const chosen = new SvelteMap<string, string>();
