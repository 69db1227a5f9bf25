import { createPublicKey, generateKeyPairSync, randomBytes, verify } from "node:crypto";
import { generateTokenKey, mintToken } from "@countersign/tokens";
import jsonwebtoken from "jsonwebtoken";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findLeaks } from "../../../../../testing/leak-detector.ts";
import { tokenKeyTimes } from "../project/token-key-state.ts";
import { openTokenKey } from "../project/token-keys.ts";
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

const { overlapMs, tailMs } = tokenKeyTimes;
let hosts = 0;
/** Each at a moment of its own, so that lists have one order. */
async function add(
  api: string,
  token: TokenInput,
  how: "create" | "replace" = "create",
  host = `h${++hosts}.example`,
): Promise<void> {
  lab.advance(1000);
  await lab.admin.putApi(lab.actor, id, api, { host, channel: "system", token } satisfies ApiInput, how);
}
const header = "Countersign-Token";
const list = () => lab.admin.listTokenKeys(id);
const states = async () => (await list()).map(({ state }) => state).join(" ");
const rotate = (input: Parameters<AdminLab["admin"]["rotateTokenKey"]>[2]) => {
  lab.advance(1000);
  return lab.admin.rotateTokenKey(lab.actor, id, input);
};
const stage = (api: string) => {
  lab.advance(1000);
  return lab.admin.stageTokenKey(lab.actor, id, { api });
};
const activate = (kid: string, input: { now?: boolean } = {}) => lab.admin.activateTokenKey(lab.actor, id, kid, input);
const retire = (kid: string, input: { atMs?: number; now?: boolean } = {}) =>
  lab.admin.retireTokenKey(lab.actor, id, kid, input);
const exported = (input: Parameters<AdminLab["admin"]["exportTokenKey"]>[2]) =>
  lab.admin.exportTokenKey(lab.actor, id, input);
const onlyKid = async () => (await list())[0]?.kid ?? "";
const audited = async () => (await lab.admin.listAudit(id, 100)).filter(({ action }) => action.startsWith("key."));

describe("a rotation", () => {
  beforeEach(() => add("nasa", { header, alg: "EdDSA" }));

  it("publishes a key that signs once every cache has it, and ends the old one when its last token has ended", async () => {
    const { key, replaced } = await rotate({ api: "nasa" });
    expect(key).toMatchObject({ state: "staged", alg: "EdDSA", activeFromMs: lab.nowMs() + overlapMs });
    expect(replaced).toMatchObject([{ state: "signing", retiresAtMs: lab.nowMs() + overlapMs + tailMs }]);
    lab.advance(overlapMs - 1);
    expect(await states()).toBe("signing staged");
    lab.advance(1);
    expect(await states()).toBe("retiring signing");
    lab.advance(tailMs);
    expect(await states()).toBe("retired signing");
    expect(await audited()).toMatchObject([{ action: "key.rotate", target: key.kid, actor: lab.actor.id }]);
  });

  it("in an emergency signs at once with the new key and gives up every other", async () => {
    await rotate({ api: "nasa" });
    const { key } = await rotate({ api: "nasa", now: true });
    expect(key.state).toBe("signing");
    expect(await states()).toBe("retired retired signing");
  });

  it("in an emergency waits for no room among the keys that it gives up", async () => {
    for (let count = 1; count < 8; count += 1) await stage("nasa");
    expect((await rotate({ api: "nasa", now: true })).key.state).toBe("signing");
    expect((await states()).match(/retired/g)).toHaveLength(8);
  });

  it("begun twice leaves one that signs at every moment", async () => {
    await rotate({ api: "nasa" });
    lab.advance(10_000);
    await rotate({ api: "nasa" });
    for (let step = 0; step < 90; step += 1) {
      expect((await states()).match(/signing/g)).toHaveLength(1);
      lab.advance(10_000);
    }
    expect(await states()).toBe("retired retired signing");
  });

  it.each([
    ["a lead shorter than caches need", { inSeconds: 359 }, "invalid_input /inSeconds"],
    ["a lead of a hundred days", { inSeconds: 8_640_000 }, "invalid_input /inSeconds"],
    ["a lead and now", { inSeconds: 600, now: true }, "invalid_input /inSeconds"],
    ["an API and the attester", { attester: true }, "invalid_input /api"],
  ])("is refused with %s", async (_, input, refusal) => {
    expect(await refusalOf(rotate({ api: "nasa", ...input }))).toBe(refusal);
    expect(await states()).toBe("signing");
  });

  it("is refused for an API that is not there, or has no tokens, and beyond eight keys", async () => {
    expect(await refusalOf(rotate({ api: "nobody" }))).toBe("not_found");
    await lab.admin.putApi(lab.actor, id, "plain", { host: "plain.example", channel: "system" }, "create");
    expect(await refusalOf(rotate({ api: "plain" }))).toBe("conflict");
    for (let count = 1; count < 8; count += 1) await stage("nasa");
    expect(await refusalOf(rotate({ api: "nasa" }))).toBe("limit_reached");
  });

  it("of a secret has no time of its own: backends must be given it first", async () => {
    await add("shapes", { profile: "approov" });
    expect(await refusalOf(rotate({ api: "shapes" }))).toBe("invalid_input /inSeconds");
    expect((await rotate({ api: "shapes", inSeconds: 86_400 })).key.activeFromMs).toBe(lab.nowMs() + 86_400_000);
  });
});

describe("a staged key", () => {
  it("that is public signs no sooner than caches have it, a secret at once, either when it is activated", async () => {
    await add("nasa", { header, alg: "EdDSA" });
    await add("shapes", { profile: "approov" });
    const [open, secret] = [await stage("nasa"), await stage("shapes")];
    expect([open.state, open.activeFromMs, secret.activeFromMs]).toEqual(["staged", null, null]);
    lab.advance(60_000);
    expect((await activate(open.kid)).key.activeFromMs).toBe(open.createdAtMs + overlapMs);
    const { key, replaced } = await activate(secret.kid);
    expect([key.state, replaced.map(({ state, retiresAtMs }) => [state, retiresAtMs])]).toEqual([
      "signing",
      [["retiring", lab.nowMs() + tailMs]],
    ]);
  });

  it("is activated once, and not where its end is set", async () => {
    await add("nasa", { header, alg: "EdDSA" });
    const { kid } = await stage("nasa");
    await activate(kid);
    expect(await refusalOf(activate(kid))).toBe("conflict");
    expect(await refusalOf(activate(kid, { now: true }))).toBe("done");
    expect(await refusalOf(activate(kid))).toBe("conflict");
    const other = await stage("nasa");
    await retire(other.kid);
    expect(await refusalOf(activate(other.kid))).toBe("conflict");
    expect(await refusalOf(activate("nobody"))).toBe("not_found");
  });
});

describe("a key that takes over before another that is due", () => {
  it("ends when that one has taken over in its turn", async () => {
    await add("nasa", { header, alg: "EdDSA" });
    const { key: due } = await rotate({ api: "nasa", inSeconds: 86_400 });
    const { kid } = await stage("nasa");
    const { key, replaced } = await activate(kid);
    expect(key.retiresAtMs).toBe((due.activeFromMs ?? 0) + tailMs);
    expect(replaced.map(({ retiresAtMs }) => retiresAtMs)).toEqual([(key.activeFromMs ?? 0) + tailMs]);
    lab.advance(86_400_000 + tailMs);
    expect(await states()).toBe("retired signing retired");
  });
});

describe("a retirement", () => {
  beforeEach(() => add("nasa", { header, alg: "EdDSA" }));

  it("is refused for the key without which nothing signs, now or at any later moment", async () => {
    const kid = await onlyKid();
    for (const input of [{}, { now: true }, { atMs: lab.nowMs() + 86_400_000 }]) {
      expect(await refusalOf(retire(kid, input))).toBe("in_use");
    }
    const { key } = await rotate({ api: "nasa" });
    expect(await refusalOf(retire(key.kid))).toBe("in_use");
    expect(await states()).toBe("signing staged");
  });

  it("is not before the last token has ended and no cache has the key, unless at once is said", async () => {
    const old = await onlyKid();
    const { key } = await rotate({ api: "nasa" });
    lab.advance(overlapMs);
    expect(await refusalOf(retire(old, { atMs: lab.nowMs() + 1000 }))).toBe("invalid_input /atMs");
    expect(await refusalOf(retire(old, { atMs: lab.nowMs() + tailMs, now: true }))).toBe("invalid_input /atMs");
    expect((await retire(old, { atMs: lab.nowMs() + 86_400_000 })).state).toBe("retiring");
    expect((await retire(old, { now: true })).state).toBe("retired");
    expect(await refusalOf(retire(old))).toBe("conflict");
    expect((await list()).at(-1)).toMatchObject({ kid: key.kid, state: "signing" });
  });

  it("of a key that nothing is signed with any more is free", async () => {
    const kid = await onlyKid();
    await lab.admin.removeApi(lab.actor, id, "nasa");
    expect(await list()).toMatchObject([{ state: "signing", retiresAtMs: lab.nowMs() + tailMs }]);
    expect((await retire(kid, { now: true })).state).toBe("retired");
  });
});

describe("an API", () => {
  it("whose algorithm changes is signed for by the old key until the new one is known", async () => {
    await add("nasa", { header, alg: "EdDSA" }, "create", "nasa.example");
    await add("nasa", { header, alg: "RS256" }, "replace", "nasa.example");
    expect((await list()).map(({ alg, state }) => `${alg} ${state}`)).toEqual(["EdDSA signing", "RS256 staged"]);
    lab.advance(overlapMs);
    expect((await list()).map(({ alg, state }) => `${alg} ${state}`)).toEqual(["EdDSA retiring", "RS256 signing"]);
    await add("nasa", { header, alg: "EdDSA" }, "replace", "nasa.example");
    expect(await states()).toBe("retiring signing staged");
  });

  it("that is to be signed for with a secret keeps its old key until an operator activates the secret", async () => {
    await add("nasa", { header, alg: "EdDSA" }, "create", "nasa.example");
    await add("nasa", { header, alg: "HS256" }, "replace", "nasa.example");
    lab.advance(30 * 86_400_000);
    const stood = (await list()).map(({ alg, state, activeFromMs, retiresAtMs }) => [
      `${alg} ${state}`,
      activeFromMs === null,
      retiresAtMs,
    ]);
    expect(stood).toEqual([
      ["EdDSA signing", false, null],
      ["HS256 staged", true, null],
    ]);
    const secret = (await list()).find(({ alg }) => alg === "HS256")?.kid ?? "";
    expect((await exported({ kid: secret, reveal: true })).value).not.toBe("");
    await activate(secret);
    expect(await states()).toBe("retiring signing");
    lab.advance(tailMs);
    expect(await states()).toBe("retired signing");
  });

  it.each([
    ["a secret", ["HS256", "EdDSA"], ["EdDSA signing", "HS256 staged"]],
    ["another key pair", ["RS256", "EdDSA"], ["EdDSA signing", "RS256 staged"]],
    ["each algorithm", ["RS256", "HS256", "ES256", "EdDSA"], null],
  ] as const)("whose algorithm goes to %s and back takes up the key that never signed", async (_, algs, stood) => {
    await add("nasa", { header, alg: "EdDSA" }, "create", "nasa.example");
    for (let round = 0; round < 6; round += 1) {
      for (const alg of algs) await add("nasa", { header, alg }, "replace", "nasa.example");
    }
    const keys = await list();
    expect(keys.map(({ alg }) => alg).toSorted()).toEqual([...algs].toSorted());
    expect(keys.find(({ state }) => state === "signing")).toMatchObject({ alg: "EdDSA", retiresAtMs: null });
    if (stood !== null) expect(keys.map(({ alg, state }) => `${alg} ${state}`)).toEqual(stood);
  });

  it("that signs with a secret, is gone and comes back keeps the secret that its backends have", async () => {
    await add("shapes", { profile: "approov" }, "create", "shapes.example");
    const kid = await onlyKid();
    await lab.admin.removeApi(lab.actor, id, "shapes");
    lab.advance(30_000);
    await add("shapes", { profile: "approov" }, "create", "shapes.example");
    expect(await list()).toMatchObject([{ kid, state: "signing", retiresAtMs: null }]);
  });

  it("that is gone and comes back is signed for at every moment", async () => {
    await add("nasa", { header, alg: "EdDSA" }, "create", "nasa.example");
    await lab.admin.removeApi(lab.actor, id, "nasa");
    lab.advance(30_000);
    await add("nasa", { header, alg: "EdDSA" }, "create", "nasa.example");
    for (let step = 0; step < 40; step += 1) {
      expect((await states()).match(/signing/g)).toHaveLength(1);
      lab.advance(10_000);
    }
  });

  it("shares the project's key of its algorithm where it says so", async () => {
    await add("one", { header, keys: "project" });
    await add("two", { header, keys: "project" });
    await add("three", { header, keys: "project", alg: "EdDSA" });
    expect((await list()).map(({ api, alg }) => [api, alg])).toEqual([
      [null, "ES256"],
      [null, "EdDSA"],
    ]);
    await rotate({ api: "one" });
    expect(await states()).toBe("signing signing staged");
    await lab.admin.removeApi(lab.actor, id, "three");
    const alone = (await list()).find(({ alg }) => alg === "EdDSA")?.kid ?? "";
    expect(await refusalOf(retire(alone, { now: true }))).toBe("done");
  });

  it("does not go over to other keys in one step, which would cut its backends off", async () => {
    await add("nasa", { header }, "create", "nasa.example");
    const shared = add("nasa", { header, keys: "project" }, "replace", "nasa.example");
    expect(await refusalOf(shared)).toBe("conflict");
    await add("other", { header, keys: "project" }, "create", "other.example");
    expect(await refusalOf(add("other", { header, keys: "project", alg: "EdDSA" }, "replace", "other.example"))).toBe(
      "conflict",
    );
    await lab.admin.removeApi(lab.actor, id, "other");
    await lab.admin.putApi(lab.actor, id, "nasa", { host: "nasa.example", channel: "system" }, "replace");
    await add("nasa", { header, keys: "project" }, "replace", "nasa.example");
    expect((await list()).map(({ api, retiresAtMs }) => [api, retiresAtMs === null])).toEqual([
      ["nasa", false],
      [null, true],
    ]);
  });
});

describe("an imported secret", () => {
  const secret = randomBytes(64);
  const text = secret.toString("base64");
  const pem = generateKeyPairSync("ed25519").publicKey.export({ format: "pem", type: "spki" });
  const take = (api: string, value: string) => lab.admin.importTokenSecret(lab.actor, id, { api, secret: value });

  it("signs at once what a backend verifies with the base64 secret it always had", async () => {
    await add("shapes", { profile: "approov" });
    const { key, replaced } = await take("shapes", `${text}\n`);
    expect([key.state, replaced.map(({ state }) => state)]).toEqual(["signing", ["retiring"]]);
    const row = (await lab.store.tokenKeys.ofProject(id)).find(({ kid }) => kid === key.kid);
    if (row === undefined) throw new TypeError("the key is gone");
    const token = mintToken({
      key: openTokenKey(lab.vault, row),
      profile: "approov",
      issuer: "https://service.example/p/x",
      audience: "shapes",
      subject: "subject",
      did: new Uint8Array(16),
      app: "app",
      ip: null,
      firebase: null,
      issuedAtMs: Date.now(),
      lifetimeSeconds: 300,
      endsAtMs: Date.now() + 300_000,
      jti: new Uint8Array(16),
    });
    const backend = (base64: string) =>
      jsonwebtoken.verify(token, Buffer.from(base64, "base64"), { algorithms: ["HS256"] });
    expect(backend(text)).toMatchObject({ aud: "shapes", did: "AAAAAAAAAAAAAAAAAAAAAA==" });
    expect(() => backend(randomBytes(64).toString("base64"))).toThrow("invalid signature");
    expect(await exported({ kid: key.kid, reveal: true })).toMatchObject({
      format: "base64",
      value: text,
      secret: true,
    });
  });

  it.each([
    ["base64url without padding", secret.toString("base64url"), "done"],
    ["31 bytes", randomBytes(31).toString("base64"), "invalid_input /secret"],
    ["1025 bytes", randomBytes(1025).toString("base64"), "invalid_input /secret"],
    ["two alphabets at once", `+-${"A".repeat(62)}`, "invalid_input /secret"],
    ["loose bits", `${"A".repeat(42)}B`, "invalid_input /secret"],
    ["a plain sentence", "a plain sentence of more than thirty-two bytes", "invalid_input /secret"],
    ["nothing", "", "invalid_input /secret"],
    ["a public key, which anybody may have", Buffer.from(pem).toString("base64"), "invalid_input /secret"],
  ])("may be %s: %#", async (_, value, outcome) => {
    await add("shapes", { profile: "approov" });
    expect(await refusalOf(take("shapes", value))).toBe(outcome);
  });

  it("is one key of a project: a second API shares it by name, not by copy", async () => {
    await add("one", { profile: "approov" });
    await add("two", { profile: "approov" });
    await take("one", text);
    expect(await refusalOf(take("two", text))).toBe("conflict");
    expect(await refusalOf(take("one", text))).toBe("conflict");
  });

  it("is of one environment: a token of a development project must not pass for one of production", async () => {
    await add("shapes", { profile: "approov" });
    const other = (await lab.admin.createProject(lab.actor, { name: "d", kind: "development" })).id;
    const input = { host: "d.example", channel: "system", token: { profile: "approov" } } as const;
    await lab.admin.putApi(lab.actor, other, "shapes", input, "create");
    await lab.admin.importTokenSecret(lab.actor, other, { api: "shapes", secret: text });
    expect(await refusalOf(take("shapes", text))).toBe("conflict");
    const third = (await lab.admin.createProject(lab.actor, { name: "e", kind: "development" })).id;
    await lab.admin.putApi(lab.actor, third, "shapes", input, "create");
    expect(await refusalOf(lab.admin.importTokenSecret(lab.actor, third, { api: "shapes", secret: text }))).toBe(
      "done",
    );
  });

  it("is none that decoys of the project are signed with: each of them would be genuine then", async () => {
    await add("one", { profile: "approov" });
    await add("two", { profile: "approov" });
    const { value } = await exported({ api: "two", decoy: true, reveal: true });
    for (const api of ["one", "two"]) expect(await refusalOf(take(api, value))).toBe("invalid_input /secret");
  });

  it("is nothing for an API that signs with a key pair, or none", async () => {
    await add("nasa", { header });
    expect(await refusalOf(take("nasa", text))).toBe("conflict");
    expect(await refusalOf(take("nobody", text))).toBe("not_found");
  });
});

describe("an export", () => {
  it("gives the public half of a pair, in PEM or as a JWK, that verifies what it signed", async () => {
    await add("nasa", { header, alg: "EdDSA" });
    const { kid, value, format, secret } = await exported({ api: "nasa" });
    expect([kid, format, secret]).toEqual([await onlyKid(), "pem", false]);
    const [row] = await lab.store.tokenKeys.ofProject(id);
    if (row === undefined) throw new TypeError("the key is gone");
    const token = mintToken({
      key: openTokenKey(lab.vault, row),
      profile: "countersign",
      issuer: "i",
      audience: "a",
      subject: "s",
      did: null,
      app: "app",
      ip: null,
      firebase: null,
      issuedAtMs: 1000,
      lifetimeSeconds: 300,
      endsAtMs: 300_000,
      jti: new Uint8Array(16),
    });
    const [head = "", body = "", signature = ""] = token.split(".");
    const bytes = Buffer.from(signature, "base64url");
    expect(verify(null, Buffer.from(`${head}.${body}`), createPublicKey(value), bytes)).toBe(true);
    expect(JSON.parse((await exported({ kid: kid ?? "", format: "jwk" })).value)).toEqual(row.publicJwk);
    expect(await refusalOf(exported({ api: "nasa", format: "base64" }))).toBe("invalid_input /format");
  });

  it("gives a secret on a plain word alone, and the audit says who asked for it", async () => {
    await add("shapes", { profile: "approov" });
    expect(await refusalOf(exported({ api: "shapes" }))).toBe("invalid_input /reveal");
    expect(await refusalOf(exported({ api: "shapes", reveal: true, format: "pem" }))).toBe("invalid_input /format");
    expect(await audited()).toEqual([]);
    const { value } = await exported({ api: "shapes", reveal: true, format: "base64url" });
    expect(Buffer.from(value, "base64url")).toHaveLength(32);
    expect(await audited()).toMatchObject([
      { action: "key.export", actor: lab.actor.id, detail: { secret: true, format: "base64url" } },
    ]);
  });

  it("gives no key that is retired, none that is not there, and not two at once", async () => {
    await add("nasa", { header, alg: "EdDSA" });
    const kid = await onlyKid();
    await rotate({ api: "nasa", now: true });
    expect(await refusalOf(exported({ kid }))).toBe("conflict");
    expect(await refusalOf(exported({ kid: "nobody" }))).toBe("not_found");
    expect(await refusalOf(exported({ api: "nobody" }))).toBe("not_found");
    expect(await refusalOf(exported({}))).toBe("invalid_input /kid");
    expect(await refusalOf(exported({ kid, api: "nasa" }))).toBe("invalid_input /kid");
  });

  it("of a decoy's secret is for APIs of secrets, and is neither the key nor another API's", async () => {
    await add("nasa", { header });
    await add("one", { profile: "approov" });
    await add("two", { profile: "approov" });
    expect(await refusalOf(exported({ api: "nasa", decoy: true, reveal: true }))).toBe("conflict");
    expect(await refusalOf(exported({ api: "one", decoy: true }))).toBe("invalid_input /reveal");
    const values = [
      (await exported({ api: "one", decoy: true, reveal: true })).value,
      (await exported({ api: "two", decoy: true, reveal: true })).value,
      (await exported({ api: "one", reveal: true })).value,
    ];
    expect(new Set(values).size).toBe(3);
  });
});

it("no secret of a key is in a view, the audit or the record", async () => {
  const { material } = await generateTokenKey("HS256");
  const secret = Buffer.from(material);
  await add("shapes", { profile: "approov" });
  const taken = await lab.admin.importTokenSecret(lab.actor, id, { api: "shapes", secret: secret.toString("base64") });
  const shown = [taken, await list(), await lab.admin.listAudit(id, 100), await lab.admin.showApi(id, "shapes")];
  const stored = await lab.store.tokenKeys.ofProject(id);
  expect(findLeaks(Buffer.from(JSON.stringify([shown, stored])), secret)).toEqual([]);
});
