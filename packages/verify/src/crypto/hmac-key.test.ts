import { createHmac } from "node:crypto";
import { inspect } from "node:util";
import { assert, property, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { HmacKey } from "./hmac-key.ts";

describe("HmacKey", () => {
  it.each([
    // RFC 4231 sections 4.2, 4.3 and 4.7: a short key, a shorter one, and one longer than a block
    ["0b".repeat(20), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"],
    ["4a656665", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"],
    [
      "aa".repeat(131),
      "Test Using Larger Than Block-Size Key - Hash Key First",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ],
  ])("makes the MACs of RFC 4231", (key, text, mac) => {
    expect(Buffer.from(new HmacKey(Buffer.from(key, "hex")).mac(text), "base64url").toString("hex")).toBe(mac);
  });

  it("makes the platform's MAC under any key over any input, one after the other, short after long", () => {
    assert(
      property(
        uint8Array({ maxLength: 200 }),
        uint8Array({ maxLength: 3000 }),
        uint8Array({ maxLength: 90 }),
        (key, a, b) => {
          const own = new HmacKey(key);
          for (const input of [a, b, a]) {
            const expected = createHmac("sha256", key).update(input).digest("base64url");
            expect(own.mac(input)).toBe(expected);
            expect(own.mac(Buffer.from(input).toString("latin1"))).toBe(expected);
          }
        },
      ),
    );
  });

  it("shows its secret nowhere, and keeps it when the caller's bytes change", () => {
    const secret = Buffer.from("a secret of thirty-two bytes....");
    const key = new HmacKey(secret);
    const before = key.mac("x");
    secret.fill(0);
    expect(key.mac("x".repeat(5000))).not.toBe(before);
    expect(key.mac("x")).toBe(before);
    expect(inspect(key, { showHidden: true, depth: 9 }) + JSON.stringify(key)).not.toMatch(/secret of|61 20 73/);
  });
});
