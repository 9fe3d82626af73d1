import { describe, expect, it } from "vitest";

import { href, parse } from "./address";

describe("an address", () => {
  it("leaves out what is empty", () => {
    expect(href("accounts", { q: "", territory: undefined })).toBe("#/accounts");
    expect(href("accounts", { q: "a&b?" })).toBe("#/accounts?q=a%26b%3F");
  });

  it("is read as it was written", () => {
    const { path, query } = parse(href("accounts/0f", { q: "50 % & more?" }));
    expect(path).toEqual(["accounts", "0f"]);
    expect(query.get("q")).toBe("50 % & more?");
  });

  it("may be mangled without harm", () => {
    expect(parse("").path).toEqual([]);
    expect(parse("#//a//%E0%A4%A/").path).toEqual(["a", "%E0%A4%A"]);
  });
});
