import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { createLocalJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { faultOfAws } from "../../../../../packages/broker/src/aws-verifier.suite.ts";
import type {
  AwsStsRecipe,
  ClientCredentialsRecipe,
  HttpTemplateRecipe,
  JwtBearerRecipe,
  Recipe,
} from "../ports/index.ts";
import { type MintOrder, mintValue } from "./mint-value.ts";
import { stsAnswer } from "./sts-answer.suite.ts";
import { answerJson, grantToken, openVendorLab, type VendorLab } from "./vendor-lab.suite.ts";

let lab: VendorLab;
beforeAll(async () => {
  lab = await openVendorLab();
});
afterAll(() => lab.close());
beforeEach(() => {
  lab.seen.length = 0;
  lab.answer = grantToken;
});

const nowMs = Date.UTC(2026, 10, 22, 12);
const any = { perInstance: true, lifetimeSeconds: null } as const;
const rootKeys = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };
const temporary = {
  AccessKeyId: "ASIAIOSFODNN7EXAMPLE",
  SecretAccessKey: "0123456789abcdefghijklmnopqrstuvwxyzABCD",
  SessionToken: "AQoDYXdzEPT//////////wEXAMPLE+token/==",
  Expiration: "2026-11-22T13:00:00Z",
};

const mint = (recipe: Recipe, root: string, more: Partial<MintOrder> = {}) =>
  mintValue(lab.callOut, {
    recipe,
    root,
    pseudonym: "pseudonym-of-instance1",
    nowMs,
    random: (length) => new Uint8Array(length).fill(7),
    allowPrivate: true,
    abort: new AbortController().signal,
    fits: (value) => !/[\r\n]/.test(value),
    ...more,
  });

const sts = (more: Partial<AwsStsRecipe> = {}): AwsStsRecipe => ({
  ...any,
  kind: "aws-sts",
  region: "eu-central-1",
  roleArn: "arn:aws:iam::123456789012:role/photos",
  durationSeconds: 3600,
  policy: null,
  externalId: null,
  endpoint: lab.origin,
  ...more,
});
const client = (more: Partial<ClientCredentialsRecipe> = {}): ClientCredentialsRecipe => ({
  ...any,
  kind: "oauth-client-credentials",
  tokenUrl: `${lab.origin}/token`,
  clientId: "photos:app",
  auth: "client_secret_basic",
  scope: null,
  audience: null,
  resource: null,
  ...more,
});
const bearer = (more: Partial<JwtBearerRecipe> = {}): JwtBearerRecipe => ({
  ...any,
  kind: "oauth-jwt-bearer",
  tokenUrl: `${lab.origin}/token`,
  issuer: "photos@project.example",
  subject: null,
  audience: null,
  scope: "photos.read",
  alg: "ES256",
  kid: "key-1",
  ...more,
});
const template = (more: Partial<HttpTemplateRecipe> = {}): HttpTemplateRecipe => ({
  ...any,
  kind: "http-template",
  method: "POST",
  url: `${lab.origin}/keys/{instance}?k={secret}`,
  headers: { "x-root": "Basic {secret_base64}" },
  body: { type: "json", text: '{"for":"{instance}","root":"{secret}","nested":{}}' },
  value: "/data/0/key",
  expires: { as: "seconds", at: "/ttl" },
  ...more,
});

describe("AssumeRole", () => {
  const root = JSON.stringify(rootKeys);

  test("is signed by the root keys, for a session of the pseudonym, and gives keys that the processor takes", async () => {
    lab.answer = (_request, response) => void response.end(stsAnswer(temporary));
    const recipe = sts({ policy: '{"Version":"2012-10-17"}', externalId: "ours", durationSeconds: 900 });
    const minted = await mint(recipe, root);
    expect(minted).toEqual({
      ok: true,
      value: JSON.stringify({
        accessKeyId: temporary.AccessKeyId,
        secretAccessKey: temporary.SecretAccessKey,
        sessionToken: temporary.SessionToken,
      }),
      lifetimeMs: 3_600_000,
    });
    const [request] = lab.seen;
    if (request === undefined) throw new Error("nothing arrived");
    const expected = { credentials: rootKeys, region: "eu-central-1", service: "sts", nowMs };
    expect(faultOfAws(request, expected)).toBeNull();
    expect(Object.fromEntries(new URLSearchParams(request.body))).toEqual({
      Action: "AssumeRole",
      Version: "2011-06-15",
      RoleArn: recipe.roleArn,
      RoleSessionName: "cs-pseudonym-of-instance1",
      DurationSeconds: "900",
      Policy: recipe.policy,
      ExternalId: "ours",
    });
    expect(JSON.stringify(lab.seen)).not.toContain(rootKeys.secretAccessKey);
  });

  test.each([
    ["keys that are past their end", "recipe_malformed", { ...temporary, Expiration: "2026-11-22T11:59:59Z" }],
    ["an end that is no instant", "recipe_malformed", { ...temporary, Expiration: "soon" }],
    ["keys that are none", "recipe_malformed", { ...temporary, SecretAccessKey: "short" }],
    ["the root itself", "recipe_value_unfit", { ...temporary, SecretAccessKey: rootKeys.secretAccessKey }],
  ])("gives nothing for an answer that is %s", async (_, problem, given) => {
    lab.answer = (_request, response) => void response.end(stsAnswer(given));
    expect(await mint(sts(), root)).toEqual({ ok: false, problem });
  });
});

describe("client credentials", () => {
  test("are shown as Basic authentication, both halves form-encoded, or in the body", async () => {
    const root = "s3cret/with:colon +";
    expect(await mint(client({ scope: "a b", audience: "https://api.example" }), root)).toMatchObject({
      ok: true,
      lifetimeMs: 3_600_000,
    });
    const basic = Buffer.from("photos%3Aapp:s3cret%2Fwith%3Acolon+%2B").toString("base64");
    expect(lab.seen[0]?.headers.authorization).toBe(`Basic ${basic}`);
    expect(lab.seen[0]?.body).toBe("grant_type=client_credentials&scope=a+b&audience=https%3A%2F%2Fapi.example");
    await mint(client({ auth: "client_secret_post", resource: "urn:x" }), root);
    expect(lab.seen[1]?.headers.authorization).toBeUndefined();
    expect(Object.fromEntries(new URLSearchParams(lab.seen[1]?.body))).toEqual({
      grant_type: "client_credentials",
      resource: "urn:x",
      client_id: "photos:app",
      client_secret: root,
    });
  });

  test("give no more life than the recipe, and than a day", async () => {
    expect(await mint(client({ lifetimeSeconds: 600 }), "root-secret")).toMatchObject({ lifetimeMs: 600_000 });
    lab.answer = (_request, response) =>
      answerJson(response, { access_token: "t", token_type: "bearer", expires_in: 31_536_000 });
    expect(await mint(client(), "root-secret")).toMatchObject({ lifetimeMs: 86_400_000 });
    lab.answer = (_request, response) => answerJson(response, { access_token: "t", token_type: "BEARER" });
    expect(await mint(client({ lifetimeSeconds: 300 }), "root-secret")).toMatchObject({ lifetimeMs: 300_000 });
  });

  const token = { access_token: "token", token_type: "Bearer", expires_in: 60 };
  test.each<[string, string, unknown, number]>([
    ["an error", "recipe_refused", { error: "invalid_client", error_description: "root-secret" }, 401],
    ["a failure of the vendor", "recipe_refused", token, 500],
    ["a redirect", "recipe_refused", token, 302],
    ["nothing", "recipe_refused", "", 204],
    ["HTML", "recipe_malformed", "<html>sign in</html>", 200],
    ["a list", "recipe_malformed", [token], 200],
    ["a member twice", "recipe_malformed", '{"access_token":"a","access_token":"b","token_type":"bearer"}', 200],
    ["another type", "recipe_malformed", { ...token, token_type: "mac" }, 200],
    ["no type", "recipe_malformed", { access_token: "a", expires_in: 60 }, 200],
    ["no lifetime", "recipe_malformed", { access_token: "a", token_type: "bearer" }, 200],
    ["a negative lifetime", "recipe_malformed", { ...token, expires_in: -1 }, 200],
    ["no life at all", "recipe_malformed", { ...token, expires_in: 0 }, 200],
    ["a huge lifetime", "recipe_malformed", { ...token, expires_in: 9_000_000_000_000 }, 200],
    ["an endless lifetime", "recipe_malformed", '{"access_token":"a","token_type":"bearer","expires_in":1e999}', 200],
    ["a lifetime as text", "recipe_malformed", { ...token, expires_in: "60" }, 200],
    ["half a second", "recipe_malformed", { ...token, expires_in: 0.0001 }, 200],
    ["a line break in the token", "recipe_malformed", { ...token, access_token: "a\r\nx-admin: 1" }, 200],
    ["an empty token", "recipe_malformed", { ...token, access_token: "" }, 200],
    ["a token that is none", "recipe_malformed", { ...token, access_token: 7 }, 200],
    ["the root for a token", "recipe_value_unfit", { ...token, access_token: "x-root-secret-x" }, 200],
    [
      "the root in base64",
      "recipe_value_unfit",
      { ...token, access_token: Buffer.from("{root-secret}").toString("base64") },
      200,
    ],
  ])("give nothing for an answer that is %s", async (_, problem, answer, status) => {
    lab.answer = (_request, response) => answerJson(response, answer, status);
    expect(await mint(client(), "root-secret")).toEqual({ ok: false, problem });
  });

  test("say of an endpoint away, refused by its address, or unreadable, which it is", async () => {
    expect(await mint(client({ tokenUrl: "https://localhost:1/token" }), "root")).toEqual({
      ok: false,
      problem: "recipe_unreachable",
    });
    expect(await mint(client(), "root", { allowPrivate: false })).toEqual({
      ok: false,
      problem: "recipe_address_refused",
    });
    lab.answer = (_request, response) => void response.end(Buffer.alloc(70_000));
    expect(await mint(client(), "root")).toEqual({ ok: false, problem: "recipe_malformed" });
  });
});

describe("a JWT bearer grant", () => {
  const pems: readonly [JwtBearerRecipe["alg"], { publicKey: KeyObject; privateKey: KeyObject }][] = [
    ["ES256", generateKeyPairSync("ec", { namedCurve: "P-256" })],
    ["RS256", generateKeyPairSync("rsa", { modulusLength: 2048 })],
    ["EdDSA", generateKeyPairSync("ed25519")],
  ];
  const toPem = (key: KeyObject): string => key.export({ type: "pkcs8", format: "pem" }).toString();

  test.each(pems)(
    "with %s shows an assertion that another implementation verifies, from PEM and JWK",
    async (alg, { publicKey, privateKey }) => {
      const jwks = createLocalJWKSet({
        keys: [{ ...publicKey.export({ format: "jwk" }), kid: "key-1", alg } as never],
      });
      for (const root of [toPem(privateKey), JSON.stringify(privateKey.export({ format: "jwk" }))]) {
        lab.seen.length = 0;
        expect(await mint(bearer({ alg, subject: "somebody" }), root)).toMatchObject({ ok: true });
        const form = new URLSearchParams(lab.seen[0]?.body);
        expect(form.get("grant_type")).toBe("urn:ietf:params:oauth:grant-type:jwt-bearer");
        const verified = await jwtVerify(form.get("assertion") ?? "", jwks, {
          algorithms: [alg],
          audience: `${lab.origin}/token`,
          issuer: "photos@project.example",
          subject: "somebody",
          currentDate: new Date(nowMs),
          maxTokenAge: 5,
          requiredClaims: ["jti", "exp", "scope"],
        });
        expect(verified.payload.exp).toBe(nowMs / 1000 + 300);
      }
    },
  );

  test("is not tried with another key than its algorithm's", async () => {
    const small = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey;
    const other = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
    for (const [alg, root] of [
      ["RS256", toPem(small)],
      ["ES256", toPem(other)],
      ["EdDSA", toPem(other)],
      ["ES256", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"],
      ["ES256", '{"kty":"EC","kty":"EC"}'],
      ["ES256", "no key"],
    ] as const) {
      expect(await mint(bearer({ alg }), root)).toEqual({ ok: false, problem: "recipe_root_invalid" });
    }
    expect(lab.seen).toEqual([]);
  });
});

describe("an HTTP template", () => {
  const root = 'ro"ot/+ {x}';

  test("is filled at each position in its own way, and read by pointer", async () => {
    lab.answer = (_request, response) => answerJson(response, { data: [{ key: "minted" }], ttl: 120 }, 201);
    expect(await mint(template(), root)).toEqual({ ok: true, value: "minted", lifetimeMs: 120_000 });
    const [request] = lab.seen;
    expect(request?.target).toBe(`/keys/pseudonym-of-instance1?k=${encodeURIComponent(root)}`);
    expect(request?.headers["x-root"]).toBe(`Basic ${Buffer.from(root).toString("base64")}`);
    expect(JSON.parse(request?.body ?? "")).toEqual({ for: "pseudonym-of-instance1", root, nested: {} });
    const form = { type: "form", text: "a={secret}&b={instance}" } as const;
    await mint(template({ body: form, expires: { as: "instant", at: "/until" } }), root);
    expect(Object.fromEntries(new URLSearchParams(lab.seen[1]?.body))).toEqual({
      a: root,
      b: "pseudonym-of-instance1",
    });
  });

  test("reads an instant, and lets the recipe say a lifetime that the answer does not", async () => {
    lab.answer = (_request, response) =>
      answerJson(response, { data: [{ key: "minted" }], until: "2026-11-22T13:10:00.5+01:00" });
    const expires = { as: "instant", at: "/until" } as const;
    expect(await mint(template({ expires }), root)).toMatchObject({ lifetimeMs: 600_500 });
    expect(await mint(template({ expires: null, lifetimeSeconds: 90 }), root)).toMatchObject({ lifetimeMs: 90_000 });
  });

  test("gives nothing where the pointer leads nowhere, or the value does not fit", async () => {
    for (const [answer, problem] of [
      [{ data: [] }, "recipe_malformed"],
      [{ data: [{ key: 7 }], ttl: 60 }, "recipe_malformed"],
      [{ data: [{ key: "x" }] }, "recipe_malformed"],
      [{ data: [{ key: "x" }], ttl: -5 }, "recipe_malformed"],
      [{ data: { __proto__: null }, ttl: 60 }, "recipe_malformed"],
      [{ data: [{ key: "a\r\nb" }], ttl: 60 }, "recipe_value_unfit"],
      [{ data: [{ key: `<${root}>` }], ttl: 60 }, "recipe_value_unfit"],
    ] as const) {
      lab.answer = (_request, response) => answerJson(response, answer);
      expect(await mint(template(), root)).toEqual({ ok: false, problem });
    }
  });

  test("is not sent where a root does not fit its header", async () => {
    expect(await mint(template({ headers: { "x-root": "{secret}" } }), "a\r\nx-admin: 1")).toEqual({
      ok: false,
      problem: "recipe_root_invalid",
    });
    expect(lab.seen).toEqual([]);
  });
});

test("no problem says anything of root or answer", async () => {
  const root = "root-secret-0123456789";
  lab.answer = (request, response) => answerJson(response, { error: request.headers.authorization, root }, 400);
  expect(await mint(client(), root)).toEqual({ ok: false, problem: "recipe_refused" });
});
