import { createHash, createHmac, generateKeyPairSync } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AdminLab, openAdminLab, refusalOf } from "./admin-lab.suite.ts";
import type { ApiInput } from "./protected-api-input.ts";

describe("tokens for operators", () => {
  let lab: AdminLab;
  let project: string;

  beforeEach(async () => {
    lab = await openAdminLab();
    project = (await lab.admin.createProject(lab.actor, { name: "p", kind: "production" })).id;
  });
  afterEach(() => lab.close());

  const putApi = async (id: string, token: ApiInput["token"]): Promise<void> => {
    const input = { host: `${id}.example`, channel: "system", token } as const;
    await lab.admin.putApi(lab.actor, project, id, input, "create");
  };
  const claimsOf = (token: string) =>
    JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Record<string, unknown>;
  const example = (api: string, input: object = {}) => lab.admin.mintExample(lab.actor, project, api, input);
  const failed = async (token: string, more: object = {}) => {
    const view = await lab.admin.inspectToken(project, { token, ...more });
    return [view.reason, view.checks.find(({ result }) => result === "fail")?.name ?? null];
  };

  it.each([
    ["countersign", "ES256", {}],
    ["countersign", "EdDSA", { alg: "EdDSA" }],
    ["countersign", "PS256", { alg: "PS256" }],
    ["approov", "HS256", { profile: "approov" }],
    [
      "firebase-app-check",
      "RS256",
      { profile: "firebase-app-check", firebase: { projectNumber: "12345678", projectId: "shop-app" } },
    ],
  ] as const)("an example of profile %s (%s) passes every check", async (profile, alg, token) => {
    await putApi("shop", { header: "x-token", ...token });
    const minted = await example("shop");
    expect(minted).toMatchObject({ header: "x-token", expiresAtMs: lab.nowMs() + 3_600_000 });
    const view = await lab.admin.inspectToken(project, { token: minted.token });
    expect(view).toMatchObject({ valid: true, reason: null, api: "shop", profile });
    expect(view.key).toEqual({ kid: minted.kid, alg, state: "signing" });
    const others = view.checks.filter(({ result }) => result !== "pass").map(({ name }) => name);
    expect(others).toEqual(["binding"]);
    expect(view.checks.find(({ name }) => name === "use")?.found).toBe("example");
    expect(view.claims).toEqual(claimsOf(minted.token));
    expect(JSON.stringify(view)).not.toContain(minted.token.split(".")[2]);
  });

  it("makes examples of what must be refused, each refused for what it is an example of", async () => {
    await putApi("shop", { profile: "approov" });
    const examples = {
      expired: ["token_expired", "end"],
      invalid: ["signature_invalid", "signature"],
      decoy: ["decoy", "signature"],
    } as const;
    for (const [type, reason] of Object.entries(examples))
      expect([type, await failed((await example("shop", { type })).token)]).toEqual([type, reason]);
    const elsewhere = (await example("shop", { type: "wrong-audience" })).token;
    expect(await failed(elsewhere, { api: "shop" })).toEqual(["audience_wrong", "audience"]);
    expect(await failed(elsewhere)).toEqual(["audience_wrong", "audience"]);
  });

  it("makes decoys only where there can be any", async () => {
    await putApi("shop", { header: "x-token" });
    expect(await refusalOf(example("shop", { type: "decoy" }))).toBe("conflict");
  });

  it("says of a token of ours that was altered or re-signed where it fails first", async () => {
    await putApi("shop", { header: "x-token" });
    const { token } = await example("shop");
    const [head = "", payload = "", signature = ""] = token.split(".");
    const b64u = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const header = JSON.parse(Buffer.from(head, "base64url").toString()) as object;
    const hs256 = `${b64u({ ...header, alg: "HS256" })}.${payload}`;
    const confused = `${hs256}.${createHmac("sha256", "the public key").update(hs256).digest("base64url")}`;
    expect(await failed(`${head}.${b64u({ ...claimsOf(token), use: undefined })}.${signature}`)).toEqual([
      "signature_invalid",
      "signature",
    ]);
    expect(await failed(confused)).toEqual(["algorithm_refused", "algorithm of the key"]);
    expect(await failed(`${b64u({ ...header, alg: "none" })}.${payload}.AA`)).toEqual([
      "algorithm_refused",
      "algorithm",
    ]);
    expect(await failed(`${b64u({ ...header, kid: "x" })}.${payload}.${signature}`)).toEqual(["key_unknown", "key"]);
    expect(await failed("x".repeat(9000))).toEqual(["token_too_large", "size"]);
    for (const junk of ["x", ".", "..", "a.b.c", "é.é.é", `${head}.${payload}`])
      expect(await failed(junk)).toEqual(["token_malformed", "form"]);
  });

  it("says that a key is retired, where the token's was", async () => {
    await putApi("shop", { header: "x-token" });
    const { token, kid } = await example("shop");
    await lab.admin.rotateTokenKey(lab.actor, project, { api: "shop", now: true });
    const view = await lab.admin.inspectToken(project, { token });
    expect(view).toMatchObject({ reason: "key_retired", key: { kid, state: "retired" } });
  });

  it("says that a token of another project is of an unknown key", async () => {
    await putApi("shop", { header: "x-token" });
    const other = (await lab.admin.createProject(lab.actor, { name: "q", kind: "development" })).id;
    await lab.admin.putApi(
      lab.actor,
      other,
      "shop",
      { host: "shop.example", channel: "system", token: { header: "x-token" } },
      "create",
    );
    const foreign = await lab.admin.mintExample(lab.actor, other, "shop", {});
    expect(await failed(foreign.token)).toEqual(["key_unknown", "key"]);
  });

  it.each([
    ["countersign", "base64url", "Bearer a\nd1"],
    ["approov", "base64", "Bearer ad1"],
  ] as const)(
    "binds as the profile %s does, and holds a token against the headers it came with",
    async (profile, encoding, text) => {
      await putApi("shop", { header: "x-token", profile, bind: ["Authorization", "X-Device"] });
      const headers = { authorization: "Bearer a", "x-device": "d1" };
      const { token } = await example("shop", { headers });
      expect(claimsOf(token).pay).toBe(createHash("sha256").update(text).digest(encoding));
      expect(await failed(token, { headers })).toEqual([null, null]);
      expect(await failed(token, { headers: { authorization: "Bearer a" } })).toEqual(["binding_wrong", "binding"]);
      const unbound = (await example("shop")).token;
      expect(await failed(unbound, { headers })).toEqual(["binding_missing", "binding"]);
      expect(await refusalOf(example("shop", { headers: { cookie: "x" } }))).toBe("invalid_input /headers");
    },
  );

  it("encrypts what the API encrypts, and says of it that it is", async () => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    await putApi("shop", {
      header: "x-token",
      encryption: { key: publicKey.export({ format: "pem", type: "spki" }).toString() },
    });
    const { token } = await example("shop");
    expect(token.split(".")).toHaveLength(5);
    expect(await failed(token)).toEqual(["token_encrypted", "form"]);
  });

  it("mints long-lived tokens, the same subject for the same name, with a place in the audit", async () => {
    await putApi("shop", { header: "x-token" });
    const mint = (name: string, days: number) => lab.admin.mintLongLived(lab.actor, project, "shop", { name, days });
    const minted = await mint("Monitor", 365);
    const claims = claimsOf(minted.token);
    expect(claims).toMatchObject({ use: "long-lived", aud: "shop" });
    expect(Number(claims.exp) - Number(claims.iat)).toBe(365 * 86_400);
    expect(claimsOf((await mint("Monitor", 1)).token).sub).toBe(claims.sub);
    expect(claimsOf((await mint("Other", 1)).token).sub).not.toBe(claims.sub);
    for (const days of [0, 366, 1.5]) expect(await refusalOf(mint("Monitor", days))).toBe("invalid_input /days");
    expect(await refusalOf(mint(" ", 1))).toBe("invalid_input /name");
    const record = (await lab.store.audit.list(project, 100)).find(
      ({ action, detail }) => action === "token.long_lived" && detail.days === 365,
    );
    expect(record).toMatchObject({ target: "shop", detail: { name: "Monitor", kid: minted.kid } });
    expect(JSON.stringify(await lab.store.audit.list(project, 100))).not.toContain(minted.token);
  });

  it("refuses what no API with tokens of this project is named for", async () => {
    await putApi("bare", null);
    for (const api of ["bare", "nowhere"]) {
      expect(await refusalOf(example(api))).toBe("not_found");
      expect(await refusalOf(lab.admin.mintLongLived(lab.actor, project, api, { name: "x", days: 1 }))).toBe(
        "not_found",
      );
      expect(await refusalOf(lab.admin.consumeToken(lab.actor, project, api, "x"))).toBe("not_found");
      expect(await refusalOf(lab.admin.inspectToken(project, { token: "x", api }))).toBe("not_found");
    }
    expect(await refusalOf(lab.admin.inspectToken("nowhere", { token: "x" }))).toBe("not_found");
  });
});
