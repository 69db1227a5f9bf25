import { generateKeyPairSync } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AdminLab, openAdminLab, refusalOf } from "./admin-lab.suite.ts";
import type { ApiInput } from "./protected-api-input.ts";
import type { TokenInput } from "./token-input.ts";

let lab: AdminLab;
let id: string;
beforeEach(async () => {
  lab = await openAdminLab();
  id = (await lab.admin.createProject(lab.actor, { name: "p", kind: "production" })).id;
});
afterEach(() => lab.close());

const add = (token: TokenInput, more: Partial<ApiInput> = {}, api = "nasa") =>
  lab.admin.putApi(lab.actor, id, api, { host: "a.example", channel: "system", ...more, token }, "create");
const firebase = { projectNumber: "1234567890", projectId: "my-project" };
const pemOf = (curve: string) =>
  generateKeyPairSync("ec", { namedCurve: curve }).publicKey.export({ format: "pem", type: "spki" }).toString();

describe("an API's token", () => {
  it.each<[TokenInput, object]>([
    [{ header: "X-Token" }, { profile: "countersign", alg: "ES256", keys: "api", proof: "none", limitedUse: false }],
    [{ profile: "approov" }, { header: "Approov-Token", alg: "HS256", firebase: null }],
    [
      { profile: "firebase-app-check", firebase },
      { header: "X-Firebase-AppCheck", alg: "RS256", firebase: { appIds: {} } },
    ],
    [
      { profile: "approov", header: "X-Other", alg: "ES256" },
      { header: "X-Other", alg: "ES256" },
    ],
    [{ profile: "approov", proof: "httpsig" }, { proof: "httpsig" }],
  ])("of %j has the rest by its profile", async (input, expected) => {
    expect((await add(input)).token).toMatchObject(expected);
  });

  it("keeps of a recipient's key its public members and how it is used", async () => {
    const { token } = await add({ header: "X-Token", encryption: { key: pemOf("P-256") } });
    expect(token?.encryption?.alg).toBe("ECDH-ES+A256KW");
    expect(Object.keys(JSON.parse(token?.encryption?.jwk ?? "{}")).toSorted()).toEqual(["crv", "kty", "x", "y"]);
  });

  const header = "X-Token";
  const privateKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  it.each<[string, TokenInput, string]>([
    ["no header", {}, "/token/header"],
    ["a header twice among the bound", { header, bind: ["Authorization", "authorization"] }, "/token/bind"],
    ["its own header among the bound", { header, bind: ["x-token"] }, "/token/bind"],
    ["nine bound headers", { header, bind: Array.from({ length: 9 }, (_, index) => `X-${index}`) }, "/token/bind"],
    ["a reserved claim", { header, claims: { exp: 1 } }, "/token/claims/exp"],
    ["another", { header, claims: { anno: ["x"] } }, "/token/claims/anno"],
    ["a claim without a name", { header, claims: { "": 1 } }, "/token/claims"],
    ["a claim with a line break in its name", { header, claims: { "a\nb": 1 } }, "/token/claims"],
    ["a number that is rounded", { header, claims: { big: 2 ** 60 } }, "/token/claims/big"],
    ["a number that is none", { header, claims: { odd: Number.NaN } }, "/token/claims/odd"],
    [
      "17 claims",
      { header, claims: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`c${i}`, i])) },
      "/token/claims",
    ],
    ["claims of 3 KiB", { header, claims: { long: "x".repeat(3000) } }, "/token/claims"],
    ["claims of 3 KiB in a thousand characters", { header, claims: { long: "\u6f22".repeat(1000) } }, "/token/claims"],
    [
      "a private key to encrypt to",
      { header, encryption: { key: privateKey.export({ format: "pem", type: "pkcs8" }).toString() } },
      "/token/encryption/key",
    ],
    ["a curve that cannot be used", { header, encryption: { key: pemOf("secp256k1") } }, "/token/encryption/key"],
    ["no key at all to encrypt to", { header, encryption: { key: "hello" } }, "/token/encryption/key"],
    ["Firebase's names in another profile", { header, firebase }, "/token/firebase"],
    ["Firebase's profile without its names", { profile: "firebase-app-check" }, "/token/firebase"],
    [
      "a project number with letters",
      { profile: "firebase-app-check", firebase: { ...firebase, projectNumber: "12a" } },
      "/token/firebase/projectNumber",
    ],
    [
      "a project id in capitals",
      { profile: "firebase-app-check", firebase: { ...firebase, projectId: "My-Project" } },
      "/token/firebase/projectId",
    ],
    [
      "an app id of another form",
      { profile: "firebase-app-check", firebase: { ...firebase, appIds: { a: "x" } } },
      "/token/firebase/appIds",
    ],
    [
      "an app that is not there",
      { profile: "firebase-app-check", firebase: { ...firebase, appIds: { a: "1:1:ios:ab" } } },
      "/token/firebase/appIds",
    ],
    [
      "Firebase's profile under another algorithm",
      { profile: "firebase-app-check", firebase, alg: "ES256" },
      "/token/alg",
    ],
    [
      "Firebase's profile encrypted",
      { profile: "firebase-app-check", firebase, encryption: { key: pemOf("P-256") } },
      "/token/encryption",
    ],
    ["Firebase's profile with a proof", { profile: "firebase-app-check", firebase, proof: "dpop" }, "/token/proof"],
    ["a token in the proof's header", { header: "DPoP", proof: "dpop" }, "/token/header"],
  ])("is refused with %s", async (_, input, path) => {
    expect(await refusalOf(add(input))).toBe(`invalid_input ${path}`);
    expect(await lab.admin.listApis(id)).toEqual([]);
    expect(await lab.admin.listTokenKeys(id)).toEqual([]);
  });

  it.each<TokenInput>([{ proof: "dpop" }, { proof: "httpsig" }, { limitedUse: true }])(
    "with %j cannot be left out where the service is away",
    async (input) => {
      const token = { header: "X-Token", ...input };
      expect(await refusalOf(add(token, { whenUnavailable: "proceed" }))).toBe("invalid_input /whenUnavailable");
      expect(await refusalOf(add(token))).toBe("done");
    },
  );

  it("is never of an API by the name that installations are made by", async () => {
    expect(await refusalOf(add({ header: "X-Token" }, {}, "project"))).toBe("invalid_input /id");
  });

  it("is in the audit by what signs it", async () => {
    await add({ profile: "approov", keys: "project", limitedUse: true });
    expect((await lab.admin.listAudit(id, 1))[0]?.detail).toMatchObject({
      token: "approov",
      alg: "HS256",
      keys: "project",
      limitedUse: true,
      encrypted: false,
    });
  });
});

describe("two APIs of one Firebase project", () => {
  const profile = "firebase-app-check";

  it("have keys of their own: with shared ones each would take the other's tokens", async () => {
    await add({ profile, firebase, keys: "project" });
    const at = (token: TokenInput) => refusalOf(add(token, { host: "b.example" }, "other"));
    expect(await at({ profile, firebase: { ...firebase, projectId: "another" }, keys: "project" })).toBe("conflict");
    expect(await at({ profile, firebase: { ...firebase, projectNumber: "2" }, keys: "project" })).toBe("conflict");
    expect(await at({ profile, firebase })).toBe("done");
  });

  it("may share keys where their projects differ", async () => {
    await add({ profile, firebase, keys: "project" });
    const another = { projectNumber: "2", projectId: "another" };
    expect(await refusalOf(add({ profile, firebase: another, keys: "project" }, { host: "b.example" }, "other"))).toBe(
      "done",
    );
  });
});
