import { describe, expect, it } from "vitest";
import { configurationText, keyListOf, keys } from "../vectors/world.ts";
import { encodeBase64url } from "./base64url.ts";
import { parseConfigurationString } from "./configuration-string.ts";
import { compareKeyListOrder, keyListInput, parseKeyList, parseKeyListEnvelope, rootOf } from "./key-list.ts";
import { sha256 } from "./server/derive-key.ts";
import { verifyEs256 } from "./server/es256.ts";
import { signKeyList } from "./server/signing.ts";
import { toUtf8 } from "./utf8.ts";

const encode = (value: unknown): Uint8Array => toUtf8(JSON.stringify(value));
const [response, manifest] = keyListOf().keys;

describe("key lists", () => {
  it("come back from their envelope, signed by the root", () => {
    const envelope = signKeyList(keyListOf(), { point: keys.root.point, key: keys.root.sign });
    const received = parseKeyListEnvelope(JSON.stringify(envelope));
    if (!received.ok) throw new Error(received.detail);
    expect(received.value.envelope).toEqual(envelope);
    expect(verifyEs256(received.value.point, keyListInput(received.value.signed), received.value.signature)).toBe(true);
    expect(parseKeyList(received.value.signed, sha256)).toEqual({ ok: true, value: keyListOf() });
  });

  it.each([
    ["a key id of another key", { keys: [{ ...response, kid: keys.stranger.kid }] }],
    ["a key twice", { keys: [response, response] }],
    ["nine keys", { keys: Array.from({ length: 9 }, () => response) }],
    ["no key", { keys: [] }],
    ["an unknown use", { keys: [{ ...response, use: "token" }, manifest] }],
    ["a point off the curve", { keys: [{ ...response, point: encodeBase64url(new Uint8Array(65).fill(4)) }] }],
    ["version 0", { version: 0 }],
    ["a version past 2^53-1", { version: 2 ** 53 }],
  ])("are refused with %s", (_, members) => {
    expect(parseKeyList(encode({ ...keyListOf(), ...members }), sha256)).toMatchObject({
      ok: false,
      code: "malformed",
    });
  });

  it("know which root signed them", () => {
    const configuration = parseConfigurationString(configurationText);
    if (!configuration.ok) throw new Error(configuration.detail);
    expect(rootOf(sha256, keys.root.point, configuration.value)).toBe("root");
    expect(rootOf(sha256, keys.recovery.point, configuration.value)).toBe("recovery");
    expect(rootOf(sha256, keys.stranger.point, configuration.value)).toBeNull();
  });
});

describe("compareKeyListOrder", () => {
  it("puts recovery before version", () => {
    const order = (recovery: boolean, version: number) => ({ recovery, version });
    expect(compareKeyListOrder(order(false, 2), order(false, 1))).toBe(1);
    expect(compareKeyListOrder(order(false, 1), order(false, 1))).toBe(0);
    expect(compareKeyListOrder(order(true, 1), order(false, Number.MAX_SAFE_INTEGER))).toBe(1);
    expect(compareKeyListOrder(order(false, Number.MAX_SAFE_INTEGER), order(true, 1))).toBe(-1);
  });
});
