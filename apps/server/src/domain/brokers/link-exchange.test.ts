import { encodeBase64url, kidOf, toUtf8 } from "@countersign/protocol";
import { generateSessionKey, generateSigningKey, sha256 } from "@countersign/protocol/server";
import { describe, expect, it } from "vitest";
import {
  type LinkAnswer,
  type LinkAnswering,
  type LinkOpening,
  linkRequestHash,
  openLinkAnswer,
  sealLinkAnswer,
} from "./link-exchange.ts";

const project = "AAAAAAAAAAAAAAAAAAAAAA";
const signing = generateSigningKey();
const kid = kidOf(sha256, signing.point);
const keys = { signed: "", point: "", signature: "" };
const from: LinkAnswering = {
  project,
  environment: "production",
  keys,
  responseKey: { kid, point: signing.point, privateKey: signing.privateKey },
};
const { privateKey, publicKey } = generateSessionKey();
const body = toUtf8('{"v":1,"nonce":"n"}');
const hash = linkRequestHash("state", body);
const plaintext = toUtf8("what is told");
const opening: LinkOpening = {
  project,
  environment: "production",
  hash,
  privateKey,
  pointOf: (_, asked) => (asked === kid ? signing.point : null),
};
const answer = sealLinkAnswer(from, { hash, key: publicKey }, plaintext);
const open = (what: unknown, how: Partial<LinkOpening> = {}): Uint8Array | null =>
  openLinkAnswer(toUtf8(JSON.stringify(what)), { ...opening, ...how });

describe("an answer over the link", () => {
  it("is read by whoever asked, and shows nothing on its way", () => {
    expect(open(answer)).toEqual(plaintext);
    expect(JSON.stringify(answer)).not.toContain(Buffer.from(plaintext).toString("base64url").slice(0, 12));
  });

  it("is for one request of one call of one project: played again, or to another, it is nothing", () => {
    const others: readonly Partial<LinkOpening>[] = [
      { hash: linkRequestHash("state", toUtf8('{"v":1,"nonce":"m"}')) },
      { hash: linkRequestHash("draw", body) },
      { privateKey: generateSessionKey().privateKey },
      { project: "BAAAAAAAAAAAAAAAAAAAAA" },
      { environment: "development" },
      { pointOf: () => generateSigningKey().point },
      { pointOf: () => null },
    ];
    for (const other of others) expect(open(answer, other)).toBeNull();
  });

  it("is nothing with any character changed, left out, or under another's signature", () => {
    for (const member of ["signed", "signature", "sealed", "kid"] as const) {
      const text = answer?.[member] ?? "";
      for (const at of [0, 1, Math.floor(text.length / 2), text.length - 2]) {
        const other = text[at] === "A" ? "B" : "A";
        expect(open({ ...answer, [member]: text.slice(0, at) + other + text.slice(at + 1) })).toBeNull();
        expect(open({ ...answer, [member]: text.slice(0, at) })).toBeNull();
      }
    }
    const stranger = generateSigningKey();
    const responseKey = { kid, point: stranger.point, privateKey: stranger.privateKey };
    expect(open(sealLinkAnswer({ ...from, responseKey }, { hash, key: publicKey }, plaintext))).toBeNull();
    // What somebody else seals to the public key of the request, under the signature of the true answer.
    const forged = sealLinkAnswer({ ...from, responseKey }, { hash, key: publicKey }, toUtf8("forged"));
    expect(open({ ...answer, sealed: forged?.sealed })).toBeNull();
    for (const bad of [null, [], {}, { ...answer, v: 2 }, { ...answer, sealed: 1 }]) expect(open(bad)).toBeNull();
    expect(openLinkAnswer(new Uint8Array([255]), opening)).toBeNull();
  });

  it("is sealed to no key of small order", () => {
    const zero: LinkAnswer | null = sealLinkAnswer(from, { hash, key: new Uint8Array(32) }, plaintext);
    expect([zero, encodeBase64url(hash).length]).toEqual([null, 43]);
  });
});
