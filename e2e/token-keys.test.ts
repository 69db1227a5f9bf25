import { createPublicKey } from "node:crypto";
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeviceLab, openDeviceLab } from "../apps/server/src/http/device/device-lab.suite.ts";
import { type CommandLine, commandLineOf } from "../testing/command-line.ts";

let lab: DeviceLab;
let countersign: CommandLine;

beforeAll(async () => {
  lab = await openDeviceLab();
  const { bootstrapToken, domain, origin } = lab.service();
  const { token } = await domain.admin.redeemBootstrap({ token: bootstrapToken ?? "", name: "Ada" });
  countersign = commandLineOf(origin, token);
});
afterAll(() => lab.close());

async function out(...args: string[]): Promise<string> {
  const { code, out, err } = await countersign(args);
  expect([code, err]).toEqual([0, ""]);
  return out.trim();
}

const add = (api: string, alg: string, keys: string): Promise<string> => {
  const token = ["--token-header", "X-Token", "--token-alg", alg, "--token-keys", keys];
  return out("api", "add", api, "--host", `${api}.example`, "--channel", "system", ...token);
};

/** Verifies as a backend does, with what an operator exported and, where there is a key pair, with the API's published key set. */
async function verifiedBy(api: string, token: string, audience = api): Promise<readonly unknown[]> {
  const { alg = "" } = decodeProtectedHeader(token);
  const options = { algorithms: [alg], audience, currentDate: new Date(lab.nowMs()) };
  const { json } = await lab.send("GET", `/p/${lab.project}/development/apis/${api}/jwks.json`, null);
  const { keys } = json as JSONWebKeySet;
  if (alg === "HS256") {
    expect(keys).toEqual([]);
    const secret = Buffer.from(await out("key", "export", api, "--reveal"), "base64");
    return [(await jwtVerify(token, secret, options)).payload.aud];
  }
  const pem = createPublicKey(await out("key", "export", api));
  const [published, exported] = await Promise.all([
    jwtVerify(token, createLocalJWKSet({ keys }), options),
    jwtVerify(token, pem, options),
  ]);
  return [published.payload.aud, exported.payload.aud];
}

describe.each(["HS256", "ES256", "EdDSA", "RS256", "PS256"])("keys of %s, from the command line", (alg) => {
  const id = alg.toLowerCase();
  const [first, second, own] = [`${id}-first`, `${id}-second`, `${id}-own`];

  it("are one API's, or the project's; what they sign verifies by key set, PEM or secret, and by no other API's", async () => {
    await add(first, alg, "project");
    await add(second, alg, "project");
    await add(own, alg, "api");
    const kids = new Map<string, string | undefined>();
    for (const api of [first, second, own]) {
      const token = await out("token", "example", api);
      expect(decodeProtectedHeader(token).alg).toBe(alg);
      kids.set(api, decodeProtectedHeader(token).kid);
      const audiences = await verifiedBy(api, token);
      expect(audiences).toEqual(alg === "HS256" ? [api] : [api, api]);
    }
    expect(kids.get(first)).toBe(kids.get(second));
    expect(kids.get(own)).not.toBe(kids.get(first));
    const shared = await out("token", "example", first);
    expect(await verifiedBy(second, shared, first)).toContain(first);
    await expect(verifiedBy(second, shared)).rejects.toThrow();
    await expect(verifiedBy(own, shared, first)).rejects.toThrow();
  });
});
