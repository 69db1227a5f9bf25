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
