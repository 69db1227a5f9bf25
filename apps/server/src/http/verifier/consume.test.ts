import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import type { RawInstance } from "@countersign/virtual-device";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openVerifierLab, type VerifierLab } from "./verifier-lab.suite.ts";

let backend: VerifierLab;
beforeAll(async () => {
  backend = await openVerifierLab();
});
afterAll(() => backend.lab.close());

const enrolled = async (): Promise<RawInstance> => {
  const instance = backend.lab.instanceOf(backend.lab.pixel());
  await instance.enrol();
  return instance;
};
const refusal = (reason: string) => ({ status: 200, body: { ok: false, reason } });
const first = { status: 200, body: { ok: true, alreadyConsumed: false } };
const again = { status: 200, body: { ok: true, alreadyConsumed: true } };

/** A token's parts, to be put together otherwise. */
const partsOf = (token: string) => {
  const [head = "", payload = "", signature = ""] = token.split(".");
  const json = (text: string) => JSON.parse(Buffer.from(text, "base64url").toString()) as Record<string, unknown>;
  return { head, payload, signature, header: json(head), claims: json(payload) };
};
const b64u = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("POST /v1/tokens/consume", () => {
  it("tells the first of two calls that it is the first, and gives the claims without the token", async () => {
    const token = await backend.tokenOf(await enrolled(), "limited");
    const answer = await backend.consume(token);
    expect(answer).toMatchObject(first);
    expect(answer.body.claims).toEqual(partsOf(token).claims);
    expect(answer.body.claims).toMatchObject({ aud: "limited", use: "limited" });
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(await backend.consume(token)).toMatchObject(again);
    expect(await backend.consume(token)).toMatchObject(again);
  });

  it("tells exactly one of many calls at once that it is the first", async () => {
    const token = await backend.tokenOf(await enrolled(), "limited");
    const answers = await Promise.all(Array.from({ length: 25 }, () => backend.consume(token)));
    expect(answers.filter(({ body }) => body.ok === true && body.alreadyConsumed === false)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.ok === true && body.alreadyConsumed === true)).toHaveLength(24);
  });

  it("consumes a plain instance token and one of each other profile, each token for itself", async () => {
    const instance = await enrolled();
    for (const api of ["plain", "approov", "firebase"]) {
      const [one, two] = [await backend.tokenOf(instance, api), await backend.tokenOf(instance, api)];
      expect(await backend.consume(one, api)).toMatchObject(first);
      expect(await backend.consume(two, api)).toMatchObject(first);
      expect(await backend.consume(one, api)).toMatchObject(again);
    }
  });

  it("refuses a token of another API, and spends nothing by it", async () => {
    const token = await backend.tokenOf(await enrolled(), "limited");
    expect(await backend.consume(token, "plain")).toMatchObject(refusal("key_unknown"));
    expect(await backend.consume(token)).toMatchObject(first);
  });

  it("refuses a token past its end", async () => {
    const token = await backend.tokenOf(await enrolled(), "limited");
    backend.lab.advance(120_000 + 6_000);
    expect(await backend.consume(token)).toMatchObject(refusal("token_expired"));
  });

  it("refuses an altered token, another algorithm, an unknown key and another type, and spends nothing by them", async () => {
    const token = await backend.tokenOf(await enrolled(), "limited");
    const { head, payload, signature, header, claims } = partsOf(token);
    const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const signedBy = (input: string) =>
      `${input}.${sign("sha256", Buffer.from(input), { key: stranger.privateKey, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
    const hmac = (input: string) => `${input}.${createHmac("sha256", "key").update(input).digest("base64url")}`;
    const cases: readonly (readonly [string, string])[] = [
      [`${head}.${b64u({ ...claims, exp: Number(claims.exp) + 60 })}.${signature}`, "signature_invalid"],
      [`${head}.${payload}.${Buffer.alloc(64).toString("base64url")}`, "signature_invalid"],
      [signedBy(`${head}.${payload}`), "signature_invalid"],
      [`${b64u({ ...header, alg: "none" })}.${payload}.AA`, "algorithm_refused"],
      [hmac(`${b64u({ ...header, alg: "HS256" })}.${payload}`), "algorithm_refused"],
      [`${b64u({ ...header, alg: "RS256" })}.${payload}.${signature}`, "algorithm_refused"],
      [signedBy(`${b64u({ ...header, kid: "other" })}.${payload}`), "key_unknown"],
      [`${b64u({ ...header, typ: "oauth-client-attestation+jwt" })}.${payload}.${signature}`, "type_wrong"],
      [`${b64u({ ...header, crit: ["b64"], b64: false })}.${payload}.${signature}`, "token_malformed"],
      [`${head}.${payload}.`, "token_malformed"],
      [`${head}.${payload}.${signature}=`, "token_malformed"],
      ["no token", "token_malformed"],
      [`a.b.c.d.e`, "token_encrypted"],
    ];
    for (const [forged, reason] of cases) {
      expect([forged.length, (await backend.consume(forged)).body]).toEqual([forged.length, { ok: false, reason }]);
    }
    expect(await backend.consume(token)).toMatchObject(first);
  });

  it("refuses examples and long-lived tokens: no instance stands behind them", async () => {
    const { admin } = backend.lab.service().domain;
    const { actor, lab } = backend;
    const example = await admin.mintExample(actor, lab.project, "limited", {});
    expect(await backend.consume(example.token)).toMatchObject(refusal("use_refused"));
    const longLived = await admin.mintLongLived(actor, lab.project, "limited", { name: "monitor", days: 30 });
    expect(await backend.consume(longLived.token)).toMatchObject(refusal("use_refused"));
    const foreign = await admin.mintExample(actor, lab.project, "limited", { type: "wrong-audience" });
    expect(await backend.consume(foreign.token)).toMatchObject(refusal("audience_wrong"));
  });

  it("calls a decoy a decoy", async () => {
    const { admin } = backend.lab.service().domain;
    const decoy = await admin.mintExample(backend.actor, backend.lab.project, "approov", { type: "decoy" });
    expect(await backend.consume(decoy.token, "approov")).toMatchObject(refusal("decoy"));
  });

  it.each(["limited", "approov", "firebase"])(
    "refuses a token of %s from the moment of a ban by instance, until it is lifted",
    async (api) => {
      const instance = await enrolled();
      const id = await backend.instanceId(instance);
      const [one, two] = [await backend.tokenOf(instance, api), await backend.tokenOf(instance, api)];
      const other = await backend.tokenOf(await enrolled(), api);
      await backend.lab.ban(id);
      expect(await backend.consume(one, api)).toMatchObject(refusal("token_banned"));
      expect(await backend.consume(other, api)).toMatchObject(first);
      const { admin } = backend.lab.service().domain;
      await admin.unbanInstance(backend.actor, backend.lab.project, id, null);
      expect(await backend.consume(two, api)).toMatchObject(first);
    },
  );

  it("refuses a token from the moment of a ban by subject, and of a quarantine while it lasts", async () => {
    const { admin } = backend.lab.service().domain;
    const banned = await enrolled();
    const token = await backend.tokenOf(banned, "limited");
    await admin.banInstance(backend.actor, backend.lab.project, await backend.instanceId(banned), {
      reason: "test",
      by: "subject",
    });
    expect(await backend.consume(token)).toMatchObject(refusal("token_banned"));

    const hooked = await enrolled();
    const before = await backend.tokenOf(hooked, "limited");
    await hooked.session({ seen: [{ name: "hook", count: 1, ageSeconds: 0 }] });
    expect(await backend.consume(before)).toMatchObject(refusal("token_banned"));
  });

  it("refuses every token that was issued before the ledger was lost", async () => {
    const instance = await enrolled();
    const spent = await backend.tokenOf(instance, "limited");
    const unspent = await backend.tokenOf(instance, "limited");
    await backend.consume(spent);
    backend.lab.advance(1000);
    await backend.lab.restart();
    expect(await backend.consume(spent)).toMatchObject(refusal("token_consumed"));
    expect(await backend.consume(unspent)).toMatchObject(refusal("token_consumed"));
  });

  it("writes neither a token nor a credential into the log", async () => {
    const token = await backend.tokenOf(await enrolled(), "limited");
    await backend.consume(token);
    await backend.post("/v1/tokens/consume", `{"v":1,"api":"limited","token":"${token}","token":"x"}`);
    const { lines } = backend.lab;
    expect(lines.length).toBeGreaterThan(0);
    for (const secret of [token, partsOf(token).signature, backend.credential, backend.narrow])
      expect(lines.some((line) => line.includes(secret))).toBe(false);
  });
});
