import { generateKeyPairSync } from "node:crypto";
import type { Place } from "@countersign/protocol";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { OutboundAnswer, OutboundRequest } from "../ports/index.ts";
import { type AdminLab, openAdminLab, refusalOf } from "./admin-lab.suite.ts";
import type { RecipeInput } from "./rules/recipe.ts";

const root = "root-credential-0123456789";
const places: readonly Place[] = [
  {
    api: "vendor",
    methods: ["GET"],
    path: "/v1",
    in: "header",
    name: "authorization",
    prefix: "Bearer ",
    when: "placeholder",
  },
];
const client: RecipeInput = {
  kind: "oauth-client-credentials",
  tokenUrl: "https://login.example/token",
  clientId: "photos",
};
const rootKeys = JSON.stringify({ accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "0123456789abcdefghij" });
const sts: RecipeInput = {
  kind: "aws-sts",
  region: "eu-central-1",
  roleArn: "arn:aws:iam::123456789012:role/photos",
};

let lab: AdminLab;
let project = "";
let asked: OutboundRequest[] = [];
let answer: OutboundAnswer;
beforeAll(async () => {
  lab = await openAdminLab({
    callOut: async (request) => {
      asked.push(request);
      return answer;
    },
  });
  ({ id: project } = await lab.admin.createProject(lab.actor, { name: "photos", kind: "production" }));
  const api = {
    host: "api.example",
    port: 443,
    channel: "system",
    pins: [],
    roots: [],
    whenUnavailable: "fail",
  } as const;
  const token = { header: "x-token", prefix: "", bind: [] };
  await lab.admin.putApi(lab.actor, project, "vendor", { ...api, token }, "create");
});
afterAll(() => lab.close());
beforeEach(() => {
  asked = [];
  answer = {
    ok: true,
    status: 200,
    body: Buffer.from('{"access_token":"minted-token","token_type":"Bearer","expires_in":3600}'),
  };
});

const set = (name: string, more: object = {}) =>
  lab.admin.setSecret(lab.actor, project, name, { value: root, places, recipe: client, ...more });
const setRecipe = (name: string, recipe: RecipeInput | null, value?: string) =>
  lab.admin.setRecipe(lab.actor, project, name, { recipe, ...(value === undefined ? {} : { value }) });

describe("a recipe", () => {
  it("is set with its secret, whole, shown without the root, and stays through rotation and modes", async () => {
    const whole = {
      ...client,
      perInstance: true,
      lifetimeSeconds: null,
      auth: "client_secret_basic",
      scope: null,
      audience: null,
      resource: null,
    };
    const view = await set("one");
    expect(view).toMatchObject({ mode: "delivered", recipe: whole, version: 1 });
    expect((await lab.admin.rotateSecret(lab.actor, project, "one", { value: "another-root" })).recipe).toEqual(whole);
    const brokered = await lab.admin.changeSecretMode(lab.actor, project, "one", { mode: "brokered" });
    expect(brokered).toMatchObject({ mode: "brokered", recipe: whole, version: 3 });
    expect((await lab.admin.changeSecretMode(lab.actor, project, "one", { mode: "delivered" })).version).toBe(4);
    expect(JSON.stringify(await lab.admin.listSecrets(project))).not.toContain("root");
  });

  it("takes no value that devices were given for its root", async () => {
    const plain = { value: "handed-out-value", recipe: null };
    await set("handed", plain);
    expect(await refusalOf(setRecipe("handed", client))).toBe("exposed_value");
    expect(await refusalOf(setRecipe("handed", client, "handed-out-value"))).toBe("exposed_value");
    expect(await refusalOf(set("handed", { value: "handed-out-value" }))).toBe("exposed_value");
    expect((await setRecipe("handed", client, root)).recipe).not.toBeNull();
    await set("never-handed", { ...plain, mode: "brokered" });
    expect((await setRecipe("never-handed", client)).recipe).not.toBeNull();
  });

  it("never lets its root be used itself", async () => {
    await set("rooted", { mode: "brokered" });
    expect(await refusalOf(setRecipe("rooted", null))).toBe("invalid_input /value");
    expect(await refusalOf(setRecipe("rooted", null, root))).toBe("invalid_input /value");
    expect(await refusalOf(set("rooted", { recipe: null }))).toBe("invalid_input /value");
    expect((await setRecipe("rooted", null, "a-plain-value")).recipe).toBeNull();
  });

  it("takes a root that goes into no place, and only one that it can use", async () => {
    const pem = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" });
    const bearer = { kind: "oauth-jwt-bearer", tokenUrl: "https://a.example/t", issuer: "i", alg: "ES256" } as const;
    await set("signed", { recipe: bearer, value: String(pem) });
    expect(await refusalOf(setRecipe("signed", { ...bearer, alg: "RS256" }))).toBe("invalid_input /recipe");
    expect(await refusalOf(lab.admin.rotateSecret(lab.actor, project, "signed", { value: "no key" }))).toBe(
      "invalid_input /value",
    );
    expect(await refusalOf(set("keys", { recipe: sts }))).toBe("invalid_input /value");
    expect((await set("keys", { recipe: sts, value: rootKeys })).recipe).toMatchObject({ durationSeconds: 3600 });
  });

  it("goes with the AWS processor, whose places are the header authorization", async () => {
    const aws = { processor: { kind: "aws-sigv4", region: "eu-central-1", service: "s3" }, budgets: [] } as const;
    const brokered = { mode: "brokered", recipe: sts, value: rootKeys, terms: aws };
    expect(await refusalOf(set("s3", brokered))).toBe("invalid_input /terms/processor");
    const [place] = places;
    const bare = [{ ...place, prefix: "" }];
    await set("s3", { ...brokered, places: bare });
    expect(await refusalOf(set("s3", { ...brokered, recipe: null, value: "no keys", places: bare }))).toBe(
      "invalid_input /value",
    );
    expect(await refusalOf(lab.admin.changeSecretMode(lab.actor, project, "s3", { mode: "delivered" }))).toBe(
      "invalid_input /mode",
    );
    const elsewhere = { ...aws, processor: { ...aws.processor, region: "eu/central" } };
    expect(await refusalOf(lab.admin.setTerms(lab.actor, project, "s3", { terms: elsewhere }))).toBe(
      "invalid_input /terms/processor/region",
    );
  });

  it("for each instance is not given to a proxy, whichever comes last; one for all may be", async () => {
    const verifier = (name: string, secret: string) =>
      lab.admin.addVerifier(lab.actor, project, {
        name,
        api: "vendor",
        injections: [{ header: "x-key", secret }],
      });
    await set("mine");
    expect(await refusalOf(verifier("gateway", "mine"))).toBe("invalid_input /injections/0/secret");
    await setRecipe("mine", { ...client, perInstance: false });
    expect(await refusalOf(verifier("gateway", "mine"))).toBe("done");
    expect(await refusalOf(setRecipe("mine", client))).toBe("invalid_input /recipe/perInstance");
  });

  const template = {
    kind: "http-template",
    method: "POST",
    url: "https://keys.example/mint",
    value: "/key",
    lifetimeSeconds: 300,
  } as const;
  const wrong: readonly (readonly [string, RecipeInput, string])[] = [
    ["a plain URL", { ...client, tokenUrl: "http://login.example/token" }, "/recipe/tokenUrl"],
    ["a URL with a user", { ...client, tokenUrl: "https://a:b@login.example/" }, "/recipe/tokenUrl"],
    ["a URL with a dot segment", { ...client, tokenUrl: "https://login.example/a/../b" }, "/recipe/tokenUrl"],
    ["a URL with a fragment", { ...client, tokenUrl: "https://login.example/#a" }, "/recipe/tokenUrl"],
    ["a client id with a line break", { ...client, clientId: "a\nb" }, "/recipe/clientId"],
    ["too short a life", { ...client, lifetimeSeconds: 59 }, "/recipe/lifetimeSeconds"],
    ["half a second", { ...client, lifetimeSeconds: 60.5 }, "/recipe/lifetimeSeconds"],
    ["a session too short for AWS", { ...sts, durationSeconds: 899 }, "/recipe/durationSeconds"],
    ["a session too long for AWS", { ...sts, durationSeconds: 43_201 }, "/recipe/durationSeconds"],
    ["no role", { ...sts, roleArn: "arn:aws:iam::1:user/a" }, "/recipe/roleArn"],
    ["a region that is a host", { ...sts, region: "evil.example/" }, "/recipe/region"],
    ["a policy that is no JSON", { ...sts, policy: "{" }, "/recipe/policy"],
    ["an external id with a space", { ...sts, externalId: "a b" }, "/recipe/externalId"],
    ["an endpoint with a path", { ...sts, endpoint: "https://sts.example/path" }, "/recipe/endpoint"],
    ["a field that there is none of", { ...template, url: "https://keys.example/{project}" }, "/recipe"],
    ["a field in the host", { ...template, url: "https://{instance}.example/" }, "/recipe/url"],
    ["a body that is no JSON", { ...template, body: { type: "json", text: "{secret}" } }, "/recipe"],
    ["a body that is JSON by chance", { ...template, body: { type: "json", text: '{"a":{secret}}' } }, "/recipe"],
    ["a body of a GET", { ...template, method: "GET", body: { type: "form", text: "a=b" } }, "/recipe/body"],
    ["a header of the connection", { ...template, headers: { Host: "a" } }, "/recipe/headers"],
    ["a header with a line break", { ...template, headers: { "x-a": "a\r\nb: c" } }, "/recipe"],
    ["a header twice", { ...template, headers: { "x-a": "a", "X-A": "b" } }, "/recipe/headers"],
    ["no pointer", { ...template, value: "key" }, "/recipe/value"],
    ["no lifetime", { ...template, lifetimeSeconds: null }, "/recipe/expires"],
    ["no pointer to a lifetime", { ...template, expires: { as: "seconds", at: "ttl" } }, "/recipe/expires/at"],
  ];
  it.each(wrong)("is refused with %s", async (_, recipe, at) => {
    const value = recipe.kind === "aws-sts" ? rootKeys : root;
    expect((await refusalOf(set("wrong", { recipe, value }))).split(" ").slice(0, 2)).toEqual(["invalid_input", at]);
  });

  it("is tried once, which is written down, and tells no value", async () => {
    await set("tried");
    const tested = await lab.admin.testRecipe(lab.actor, project, "tried");
    expect(tested).toMatchObject({ ok: true, kind: "oauth-client-credentials", lifetimeSeconds: 3600 });
    answer = { ok: true, status: 401, body: Buffer.from(root) };
    const failed = await lab.admin.testRecipe(lab.actor, project, "tried");
    expect(failed).toEqual({ ok: false, kind: "oauth-client-credentials", reason: "recipe_refused" });
    const records = await lab.admin.listAudit(project, 2);
    expect(JSON.stringify(records)).toContain("secret.mint_test");
    for (const shown of [tested, failed, records]) {
      expect(JSON.stringify(shown)).not.toMatch(/minted-token|root-credential/);
    }
    expect(asked).toHaveLength(2);
    await set("plain", { recipe: null, value: "plain-value" });
    expect(await refusalOf(lab.admin.testRecipe(lab.actor, project, "plain"))).toBe("conflict");
  });
});
