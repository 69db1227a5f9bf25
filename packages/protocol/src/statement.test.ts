import { describe, expect, it } from "vitest";
import { androidInstance, keys, project, statementOf } from "../vectors/world.ts";
import { encodeBase64url } from "./base64url.ts";
import { toHex } from "./bytes.ts";
import { demandedProof, hasDemandedProof } from "./proof.ts";
import { sha256 } from "./server/derive-key.ts";
import { parseStatement, type Statement, statementHash, statementMessage } from "./statement.ts";
import { fromUtf8, toUtf8 } from "./utf8.ts";

const bytes = statementOf({ use: "session", platform: "android", challenge: "A".repeat(80) });
const statement = JSON.parse(fromUtf8(bytes) ?? "") as Statement;
const withMember = (path: string, value: unknown): Uint8Array => {
  const changed = JSON.parse(JSON.stringify(statement)) as Record<string, unknown>;
  const names = path.split(".");
  const last = names.pop() ?? "";
  let at = changed;
  for (const name of names) at = at[name] as Record<string, unknown>;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return toUtf8(JSON.stringify(changed));
};

describe("parseStatement", () => {
  it("reads a whole statement", () => {
    expect(parseStatement(bytes)).toEqual({ ok: true, value: statement });
  });

  it("ignores unknown members", () => {
    expect(parseStatement(withMember("future", { a: [1.5] }))).toEqual({ ok: true, value: statement });
  });

  it.each([
    "v",
    "use",
    "project",
    "environment",
    "challenge",
    "platform",
    "app",
    "app.id",
    "app.version",
    "app.build",
    "sdk",
    "instance",
    "instanceKey",
    "sessionKey",
    "signals",
    "signals.detectors",
    "signals.seen",
    "asks",
    "asks.tokens",
    "asks.secrets",
    "asks.clientAttestations",
    "holds",
    "holds.keys",
    "holds.manifestEpoch",
    "holds.manifest",
  ])("demands %s, of its type", (path) => {
    for (const value of [undefined, null, 1.5, true, [null]]) {
      const parsed = parseStatement(withMember(path, value));
      expect(parsed, `${path} = ${JSON.stringify(value)}`).toMatchObject({ ok: false, code: "malformed" });
    }
  });

  it.each([
    ["a null in place of an absent member", "work", null],
    ["a session key of 31 bytes", "sessionKey", "A".repeat(42)],
    ["padding", "sessionKey", `${"A".repeat(43)}=`],
    [
      "a point that is not on the curve",
      "instanceKey",
      encodeBase64url(keys.root.point.map((byte, index) => (index === 64 ? byte ^ 1 : byte))),
    ],
    ["a compressed point", "instanceKey", encodeBase64url(new Uint8Array([2, ...keys.root.point.slice(1, 33)]))],
    ["a 17th token", "asks.tokens", Array.from({ length: 17 }, () => ({ api: "a" }))],
    ["a 65th secret", "asks.secrets", Array.from({ length: 65 }, () => "a")],
    [
      "a detail of 129 characters",
      "signals.seen",
      [{ name: "hook", count: 1, ageSeconds: 0, detail: "x".repeat(129) }],
    ],
    ["a control character in a claim", "app.version", "1\n2"],
    ["an app id in upper case", "app.id", "Astropiks"],
    ["a negative count", "signals.seen", [{ name: "hook", count: -1, ageSeconds: 0 }]],
    ["a detector name with foreign characters", "signals.detectors", { "hook\n": 1 }],
    ["a revision that is text", "signals.detectors", { hook: "1" }],
    ["no custom token where the list is there", "asks.customTokens", []],
    ["a fifth custom token", "asks.customTokens", Array.from({ length: 5 }, () => ({ api: "a", claims: "{}" }))],
    ["custom claims that are no text", "asks.customTokens", [{ api: "a", claims: {} }]],
    ["custom claims that are no object", "asks.customTokens", [{ api: "a", claims: "[]" }]],
    ["custom claims that are no JSON", "asks.customTokens", [{ api: "a", claims: "{a:1}" }]],
    ["a repeated custom claim", "asks.customTokens", [{ api: "a", claims: `{"a":1,"a":2}` }]],
    ["custom claims five levels deep", "asks.customTokens", [{ api: "a", claims: `{"a":{"b":{"c":{"d":{}}}}}` }]],
    ["custom claims past 1 KiB", "asks.customTokens", [{ api: "a", claims: `{"a":"${"ü".repeat(510)}"}` }]],
    [
      "custom claims past 1 KiB once they are written anew",
      "asks.customTokens",
      [{ api: "a", claims: `{"a":[${Array.from({ length: 100 }, () => "1e15").join(",")}]}` }],
    ],
    ["a prototype among custom claims", "asks.customTokens", [{ api: "a", claims: `{"a":{"__proto__":1}}` }]],
    ["a word for valuesKeys", "asks.valuesKeys", "yes"],
  ])("refuses %s", (_, path, value) => {
    expect(parseStatement(withMember(path, value))).toMatchObject({ ok: false, code: "malformed" });
  });

  it("names another version before anything else is read", () => {
    expect(parseStatement(toUtf8('{"v":2}'))).toMatchObject({ ok: false, code: "unsupported_version" });
    expect(parseStatement(toUtf8('{"v":"1"}'))).toMatchObject({ ok: false, code: "malformed" });
  });

  it("refuses more than 8 KiB unread", () => {
    expect(parseStatement(new Uint8Array(8193).fill(0x20))).toMatchObject({ ok: false, code: "too_large" });
  });

  it("keeps input out of its detail", () => {
    const parsed = parseStatement(withMember("signals.detectors", { c4n4ry: "c4n4ry" }));
    expect(parsed.ok).toBe(false);
    expect(JSON.stringify(parsed)).not.toContain("c4n4ry");
  });
});

describe("statementHash", () => {
  it("covers the tag and the bytes that travelled", () => {
    expect(toHex(statementMessage(toUtf8("x")))).toBe(`${Buffer.from("countersign-statement-v1\0x").toString("hex")}`);
    expect(statementHash(sha256, bytes)).toEqual(sha256(statementMessage(bytes)));
    expect(statementHash(sha256, bytes)).not.toEqual(statementHash(sha256, new Uint8Array([...bytes, 0x20])));
  });
});

describe("demanded proof", () => {
  it("follows from platform and use", () => {
    expect(demandedProof("ios", "enrol")).toEqual({ assertion: true, signature: true });
    expect(demandedProof("ios", "session")).toEqual({ assertion: true, signature: false });
    expect(demandedProof("android", "enrol")).toEqual({ assertion: false, signature: true });
    expect(demandedProof("web", "session")).toEqual({ assertion: false, signature: true });
  });

  it("is the instance key's signature alone where a development key stands for the platform", () => {
    for (const platform of ["ios", "android", "web"] as const) {
      for (const use of ["enrol", "session"] as const) {
        expect(demandedProof(platform, use, true)).toEqual({ assertion: false, signature: true });
      }
    }
    const [assertion, signature] = [new Uint8Array(1), new Uint8Array(64)];
    expect(hasDemandedProof({ signature }, "ios", "session", true)).toBe(true);
    expect(hasDemandedProof({ assertion }, "ios", "session", true)).toBe(false);
    expect(hasDemandedProof({ assertion, signature }, "ios", "enrol", true)).toBe(false);
  });

  it("refuses a superfluous member as well as a missing one", () => {
    const assertion = new Uint8Array(1);
    const signature = new Uint8Array(64);
    expect(hasDemandedProof({ assertion }, "ios", "session")).toBe(true);
    expect(hasDemandedProof({ assertion, signature }, "ios", "session")).toBe(false);
    expect(hasDemandedProof({}, "android", "session")).toBe(false);
    expect(hasDemandedProof({ assertion, signature }, "android", "session")).toBe(false);
  });
});

describe("samples", () => {
  it("carry the instance id both sides compute", () => {
    expect(statement.instance).toBe(encodeBase64url(androidInstance));
    expect(statement.project).toBe(encodeBase64url(project));
  });
});
