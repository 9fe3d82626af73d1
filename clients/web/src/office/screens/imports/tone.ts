/** How an import's state looks. */
export function toneOfImport(state: string): "plain" | "good" | "wait" | "held" {
  if (state === "done") return "good";
  if (state === "failed") return "held";
  return state === "cancelled" ? "plain" : "wait";
}
