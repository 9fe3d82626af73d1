/** Keys: P-256 by WebCrypto, ECDSA with SHA-256 over a text, as `r` then `s`. The private half cannot be copied out. */

import { bigEndian, concat, hex } from "./bytes.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNING = { name: "ECDSA", hash: "SHA-256" } as const;

/** The field and the last coefficient of P-256 (SEC 2, section 2.4.2). */
const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

export interface KeyPair {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

export const newKeyPair = (): Promise<KeyPair> => crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]);

/** A key pair's public half, SEC1 compressed. */
export async function compressedPoint(pair: KeyPair): Promise<Uint8Array> {
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return concat(Uint8Array.of(2 + ((point[64] ?? 0) & 1)), point.subarray(1, 33));
}

/** A public key given as SEC1, compressed or not. WebCrypto itself takes only uncompressed points. */
export function publicKey(sec1: Uint8Array): Promise<CryptoKey> {
  const point = sec1.length === 33 ? uncompressed(sec1) : sec1;
  return crypto.subtle.importKey("raw", point.slice(), ALGORITHM, true, ["verify"]);
}

export const sign = async (pair: KeyPair, text: Uint8Array): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.sign(SIGNING, pair.privateKey, text.slice()));

export const verify = (key: CryptoKey, signature: Uint8Array, text: Uint8Array): Promise<boolean> =>
  crypto.subtle.verify(SIGNING, key, signature.slice(), text.slice());

function uncompressed(sec1: Uint8Array): Uint8Array {
  const [sign] = sec1;
  if (sign !== 2 && sign !== 3) throw new TypeError("not a compressed point");
  const x = BigInt(`0x${hex(sec1.subarray(1))}`);
  const square = mod(x * x * x - 3n * x + B);
  // P is 3 modulo 4, so this is a square root wherever there is one.
  const root = power(square, (P + 1n) / 4n);
  if (x >= P || mod(root * root) !== square) throw new TypeError("not a point of the curve");
  const y = Number(root & 1n) === (sign & 1) ? root : P - root;
  return concat(Uint8Array.of(4), sec1.subarray(1), bytesOf(y));
}

const mod = (number: bigint): bigint => ((number % P) + P) % P;

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
}

function bytesOf(number: bigint): Uint8Array {
  const parts = [192n, 128n, 64n, 0n].map((shift) => bigEndian(BigInt.asUintN(64, number >> shift), 8));
  return concat(...parts);
}
