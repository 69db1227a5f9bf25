import { describe, expect, it } from "vitest";
import { decodeBase64url } from "./base64url.ts";
import { developmentKeyId, developmentKeyInput, formatDevelopmentKey, parseDevelopmentKey } from "./development-key.ts";
import { encodeEnrolRequest, parseEnrolRequest } from "./requests.ts";
import { sha256 } from "./server/index.ts";
import { tag } from "./tag.ts";
import { toUtf8 } from "./utf8.ts";

const secret = Uint8Array.from({ length: 32 }, (_, index) => index);
const text = formatDevelopmentKey(secret);

describe("the text of a development key", () => {
  it("comes back as the key it was made of", () => {
    expect(text).toMatch(/^csd_[A-Za-z0-9_-]{43}$/);
    expect(parseDevelopmentKey(text)).toEqual({ ok: true, value: secret });
    expect(() => formatDevelopmentKey(secret.subarray(1))).toThrow(TypeError);
  });

  it("is refused in every other form, and never repeated", () => {
    const other = [
      "",
      "csd_",
      text.slice(4),
      text.slice(0, -1),
      `${text}A`,
      `${text}=`,
      ` ${text}`,
      text.replace("csd_", "CSD_"),
      text.replace("csd_", "csv_"),
      `${text.slice(0, -1)}_`,
      "csd_".padEnd(47, "+"),
    ];
    for (const each of other) {
      const parsed = parseDevelopmentKey(each);
      expect(parsed).toEqual({ ok: false, code: "malformed", detail: "a development key is csd_ and 43 characters" });
    }
  });
});

describe("what a development key is known by and makes", () => {
  it("has an id of 16 bytes that does not lead back, and an input of its own tag", () => {
    const id = developmentKeyId(sha256, secret);
    expect(decodeBase64url(id, 16)).not.toBeNull();
    expect(id).not.toBe(
      developmentKeyId(
        sha256,
        secret.map((byte) => byte ^ 1),
      ),
    );
    const hash = new Uint8Array(32).fill(7);
    expect(developmentKeyInput(hash)).toEqual(new Uint8Array([...tag("development-key"), ...hash]));
  });
});

describe("a development key as evidence", () => {
  const item = { type: "development", key: developmentKeyId(sha256, secret), mac: new Uint8Array(32).fill(3) } as const;
  const request = { statement: new Uint8Array([1]), proof: { signature: new Uint8Array(64) }, evidence: [item] };
  const parse = (evidence: readonly unknown[]) =>
    parseEnrolRequest(toUtf8(JSON.stringify({ ...JSON.parse(encodeEnrolRequest(request)), evidence })));
  const { evidence: wire } = JSON.parse(encodeEnrolRequest(request)) as { evidence: readonly [Record<string, string>] };

  it("comes back as it was sent", () => {
    expect(parseEnrolRequest(toUtf8(encodeEnrolRequest(request)))).toEqual({ ok: true, value: request });
  });

  it.each([
    ["without a key", { type: "development", mac: wire[0].mac }],
    ["without a MAC", { type: "development", key: wire[0].key }],
    ["with a key that is a name", { ...wire[0], key: "ci" }],
    ["with a MAC that is cut", { ...wire[0], mac: "AAAA" }],
    ["with a MAC that is too long", { ...wire[0], mac: `${wire[0].mac}AAAA` }],
  ])("is malformed %s", (_, evidence) => {
    expect(parse([evidence])).toMatchObject({ ok: false, code: "malformed" });
  });

  it("is malformed beside anything else, and twice", () => {
    const play = { type: "play", token: "abc" };
    expect(parse([wire[0], play])).toMatchObject({ ok: false, code: "malformed" });
    expect(parse([play, wire[0]])).toMatchObject({ ok: false, code: "malformed" });
    expect(parse([wire[0], wire[0]])).toMatchObject({ ok: false, code: "malformed" });
  });
});
