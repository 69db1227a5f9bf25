import { describe, expect, it } from "vitest";
import { utf8 } from "./encoding/bytes.ts";
import { createVirtualBrowser } from "./index.ts";

describe("createVirtualBrowser", () => {
  it("has a key and no evidence", async () => {
    const browser = createVirtualBrowser({ app: { id: "gallery", version: "1.0", build: "1" }, project: "p" });
    const enrolled = await browser.keys.enrol(new Uint8Array(60));
    expect(browser.keys.platform).toBe("web");
    expect(enrolled.evidence).toEqual([]);
    expect(enrolled.instanceKey).toHaveLength(65);
    const proof = await browser.keys.prove(enrolled.alias, utf8('{"use":"enrol","project":"p"}'));
    expect(proof.signature).toHaveLength(64);
    expect(() => browser.evil.extendChain(new Uint8Array(60))).toThrow(TypeError);
    expect(() => browser.evil.attest(new Uint8Array(91), new Uint8Array(60))).toThrow(TypeError);
  });
});
