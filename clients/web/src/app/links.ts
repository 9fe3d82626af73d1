/** Links to what else a phone can do: call, write, find the way. They open another app; nothing is requested here. */
import type { Fields, Json } from "@roadbook/replica";

/** Null without a number to dial. Whatever stands in the field, only what can be dialled goes into the link. */
export function callLink(phone: Json | undefined): string | null {
  if (typeof phone !== "string") return null;
  const digits = phone.replace(/[^\d+*#]/g, "");
  return digits.length < 3 ? null : `tel:${encodeURIComponent(digits).replace("%2B", "+")}`;
}

export function mailLink(email: Json | undefined): string | null {
  if (typeof email !== "string" || !/^[^\s@]+@[^\s@]+$/.test(email)) return null;
  return `mailto:${encodeURIComponent(email).replace("%40", "@")}`;
}

/** By position, else by address; the phone's own map app shows the way. */
export function routeLink(fields: Fields): string | null {
  const { latitude_microdeg: latitude, longitude_microdeg: longitude } = fields;
  const parts = ["street", "postal_code", "city", "country"].map((name) => fields[name]);
  const address = parts.filter((part): part is string => typeof part === "string" && part !== "").join(", ");
  if (typeof latitude === "number" && typeof longitude === "number") {
    const at = `${latitude / 1e6},${longitude / 1e6}`;
    return `geo:${at}?q=${at}`;
  }
  return address === "" ? null : `geo:0,0?q=${encodeURIComponent(address)}`;
}
