import { hash } from "node:crypto";

const blockBytes = 64;
const digestBytes = 32;

function padded(secret: Uint8Array, fill: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.set(secret.length > blockBytes ? hash("sha256", secret, "buffer") : secret);
  for (let index = 0; index < blockBytes; index += 1) bytes[index] = (bytes[index] ?? 0) ^ fill;
  return bytes;
}

/**
 * HMAC-SHA256 (RFC 2104) under one key, of two one-shot hashes: `createHmac` makes an object for every MAC, which costs more than the
 * hashing. The text is written behind the padded key, so one key makes one MAC at a time; nothing here waits.
 */
export class HmacKey {
  #inner: Buffer;
  readonly #secret: Uint8Array;
  readonly #outer: Buffer;

  constructor(secret: Uint8Array) {
    this.#secret = new Uint8Array(secret);
    this.#inner = padded(this.#secret, 0x36, blockBytes + 1024);
    this.#outer = padded(this.#secret, 0x5c, blockBytes + digestBytes);
  }

  /** The MAC of bytes or of an ASCII text, as base64url. */
  mac(input: string | Uint8Array): string {
    const end = blockBytes + input.length;
    if (end > this.#inner.length) this.#inner = padded(this.#secret, 0x36, end);
    if (typeof input === "string") this.#inner.write(input, blockBytes, "latin1");
    else this.#inner.set(input, blockBytes);
    this.#outer.write(hash("sha256", this.#inner.subarray(0, end), "latin1"), blockBytes, "latin1");
    return hash("sha256", this.#outer, "base64url");
  }
}
