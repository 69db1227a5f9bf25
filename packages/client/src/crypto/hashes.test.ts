import { createHash, createHmac, randomBytes } from "node:crypto";
import { fromHex, toHex, toUtf8 } from "@countersign/protocol";
import { expect, it } from "vitest";
import { hmacSha256 } from "./hmac.ts";
import { sha256 } from "./sha256.ts";

it("hashes as FIPS 180-4 shows for abc", () => {
  expect(toHex(sha256(toUtf8("abc")))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

it("authenticates as RFC 4231 test case 2 shows", () => {
  const mac = hmacSha256(toUtf8("Jefe"), toUtf8("what do ya want for nothing?"));
  expect(toHex(mac)).toBe("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
});

it("authenticates as RFC 4231 test case 6 shows for a key longer than a block", () => {
  const key = fromHex("aa".repeat(131)) ?? new Uint8Array(0);
  const mac = hmacSha256(key, toUtf8("Test Using Larger Than Block-Size Key - Hash Key First"));
  expect(toHex(mac)).toBe("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
});

it("hashes and authenticates as OpenSSL does, whatever the length, and wherever in a buffer the bytes lie", () => {
  for (let length = 0; length <= 260; length += 1) {
    const data = new Uint8Array(randomBytes(length + 8)).subarray(3, 3 + length);
    const key = new Uint8Array(randomBytes(length % 131));
    expect(toHex(sha256(data)), String(length)).toBe(createHash("sha256").update(data).digest("hex"));
    expect(toHex(hmacSha256(key, data)), String(length)).toBe(createHmac("sha256", key).update(data).digest("hex"));
  }
  const long = new Uint8Array(randomBytes(1_000_003));
  expect(toHex(sha256(long))).toBe(createHash("sha256").update(long).digest("hex"));
});
