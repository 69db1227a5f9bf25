import { kidOf } from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import { describe, expect, it } from "vitest";
import {
  brokerCredentialOf,
  parseBrokerCall,
  parseBrokerKey,
  signBrokerCall,
  verifyBrokerCall,
} from "./broker-credential.ts";

const secret = new Uint8Array(32).fill(7);
const key = parseBrokerKey(brokerCredentialOf(secret));
if (key === null) throw new TypeError("7s are a key");
const to = { method: "POST", path: "/v1/broker-link/state" };
const call = { ...to, atMs: 1_800_000_000_000, nonce: "A".repeat(22), digest: `${"B".repeat(42)}A` };
const header = signBrokerCall(key, call);
const verifies = (text: string, at = to, point = key.point): boolean => {
  const received = parseBrokerCall(text, at);
  return received !== null && verifyBrokerCall(received, point);
};

describe("the credential of a broker", () => {
  it("is a private key that the service knows by its public half", () => {
    expect(key.kid).toBe(kidOf(sha256, new Uint8Array(Buffer.from(key.point, "base64url"))));
    expect(parseBrokerKey(brokerCredentialOf(secret))?.point).toBe(key.point);
    for (const bad of [
      "",
      "csk_",
      `csk_${"A".repeat(43)}`,
      brokerCredentialOf(secret).slice(4),
      `csv_${"A".repeat(43)}`,
    ])
      expect([bad, parseBrokerKey(bad)]).toEqual([bad, null]);
    expect(parseBrokerKey(brokerCredentialOf(new Uint8Array(32).fill(255)))).toBeNull();
    expect(parseBrokerKey(brokerCredentialOf(new Uint8Array(31)))).toBeNull();
  });

  it("signs method, path, time, nonce and body of one request, and does not travel", () => {
    expect(parseBrokerCall(header, to)).toMatchObject({ kid: key.kid, call });
    expect(verifies(header)).toBe(true);
    expect(header).not.toContain(Buffer.from(secret).toString("base64url"));
    for (const at of [
      { ...to, method: "GET" },
      { ...to, path: `${to.path}?` },
    ])
      expect(verifies(header, at)).toBe(false);
    const other = parseBrokerKey(brokerCredentialOf(new Uint8Array(32).fill(8)));
    expect(verifies(header, to, other?.point)).toBe(false);
    expect(verifies(header, to, "short")).toBe(false);
  });

  it("is nothing with any character of the header changed or left out", () => {
    for (let at = key.kid.length + 1; at < header.length; at += 1) {
      const changed = header[at] === "1" ? "2" : "1";
      expect([at, verifies(header.slice(0, at) + changed + header.slice(at + 1))]).toEqual([at, false]);
      expect(verifies(header.slice(0, at))).toBe(false);
    }
    for (const bad of ["", "....", `${header}.`, `${header}\n`, ` ${header}`, header.replace(".", ",")])
      expect(parseBrokerCall(bad, to)).toBeNull();
  });
});
