// Bytes as text, and small helpers that every part needs.

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export function fromHex(text) {
  if (text.length % 2 !== 0 || /[^0-9a-f]/.test(text)) throw new TypeError("not hexadecimal");
  return Uint8Array.from({ length: text.length / 2 }, (_, n) => Number.parseInt(text.slice(2 * n, 2 * n + 2), 16));
}

export function concat(...parts) {
  const out = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export const ascii = (text) => new TextEncoder().encode(text);

/** An unsigned number as so many bytes, the highest first. */
export function bigEndian(number, size) {
  const out = new Uint8Array(size);
  let rest = BigInt(number);
  for (let at = size - 1; at >= 0; at -= 1) {
    out[at] = Number(rest & 255n);
    rest >>= 8n;
  }
  return out;
}

/** A UUID's sixteen bytes. */
export const uuidBytes = (uuid) => fromHex(uuid.replaceAll("-", ""));

export function uuidText(bytes) {
  const text = hex(bytes);
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join("-");
}
