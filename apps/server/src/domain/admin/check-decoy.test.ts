import { generateKeyPairSync } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AdminLab, openAdminLab, refusalOf } from "./admin-lab.suite.ts";
import type { ApiInput } from "./protected-api-input.ts";

let lab: AdminLab;
let id: string;
beforeEach(async () => {
  lab = await openAdminLab();
  id = (await lab.admin.createProject(lab.actor, { name: "p", kind: "production" })).id;
});
afterEach(() => lab.close());

type Token = NonNullable<ApiInput["token"]>;
const token: Token = { header: "Token", alg: "HS256" };
const api = (given: Token | null = token): ApiInput => ({ host: "api.example", channel: "system", token: given });
const add = (given?: Token | null) => lab.admin.putApi(lab.actor, id, "shop", api(given), "create");
const replace = (given?: Token | null) => lab.admin.putApi(lab.actor, id, "shop", api(given), "replace");
const change = (settings: { readonly decoy?: boolean; readonly reasons?: boolean }) =>
  lab.admin.changeSettings(lab.actor, id, settings);
const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const encryption = publicKey.export({ format: "pem", type: "spki" }).toString();

describe("decoys", () => {
  it("are turned on where every API with tokens has secrets of its own kind, and off again", async () => {
    await add();
    await lab.admin.putApi(lab.actor, id, "plain", { host: "plain.example", channel: "system" }, "create");
    expect((await change({ decoy: true })).settings.decoy).toBe(true);
    await replace({ ...token, bind: ["authorization"] });
    expect((await change({ decoy: false })).settings.decoy).toBe(false);
  });

  it.each([
    ["a public key", { header: "Token" }],
    ["encryption", { ...token, encryption: { key: encryption } }],
  ] as const)("exclude an API with %s, both ways", async (_, given) => {
    await add(given as Token);
    expect(await refusalOf(change({ decoy: true }))).toBe("conflict");
    await lab.admin.removeApi(lab.actor, id, "shop");
    lab.advance(15 * 60_000);
    await change({ decoy: true });
    expect(await refusalOf(add(given as Token))).toBe("conflict");
    await add();
    expect(await refusalOf(replace(given as Token))).toBe("conflict");
    expect((await lab.admin.showApi(id, "shop")).token).toMatchObject({ alg: "HS256", encryption: null });
  });

  it("wait until the last published key of an API that had one is retired", async () => {
    await add({ header: "Token" });
    await replace();
    lab.advance(15 * 60_000);
    expect(await refusalOf(change({ decoy: true }))).toBe("conflict");
    const keys = await lab.admin.listTokenKeys(id);
    await lab.admin.activateTokenKey(lab.actor, id, keys.find(({ alg }) => alg === "HS256")?.kid ?? "", {});
    expect(await refusalOf(change({ decoy: true }))).toBe("conflict");
    lab.advance(15 * 60_000);
    await change({ decoy: true });
  });

  it("and reasons exclude each other, both ways and at once", async () => {
    await change({ reasons: true });
    expect(await refusalOf(change({ decoy: true }))).toBe("conflict");
    await change({ reasons: false, decoy: true });
    expect(await refusalOf(change({ reasons: true }))).toBe("conflict");
    await change({ reasons: true, decoy: false });
    expect(await refusalOf(change({ reasons: true, decoy: true }))).toBe("conflict");
  });

  it("and OAuth clients exclude each other, both ways", async () => {
    await lab.admin.putOauthClient(lab.actor, id, { clientId: "mobile" });
    expect(await refusalOf(change({ decoy: true }))).toBe("conflict");
    await lab.admin.removeOauthClient(lab.actor, id, "mobile");
    await change({ decoy: true });
    expect(await refusalOf(lab.admin.putOauthClient(lab.actor, id, { clientId: "mobile" }))).toBe("conflict");
  });
});

describe("a decoy answer", () => {
  const answer = { status: 404, contentType: "application/json", body: `{"error":"no"}`, delayMs: 80 };
  const given = (decoyAnswer: typeof answer | null) =>
    lab.admin.putApi(lab.actor, id, "shop", { ...api(), decoyAnswer }, "replace");

  it("is kept as it was given, and none is the default", async () => {
    expect((await add()).decoyAnswer).toBeNull();
    expect((await given(answer)).decoyAnswer).toEqual(answer);
    expect((await lab.admin.showApi(id, "shop")).decoyAnswer).toEqual(answer);
    expect((await given(null)).decoyAnswer).toBeNull();
  });

  it.each([
    [{ status: 302 }, "/decoyAnswer/status"],
    [{ status: 100 }, "/decoyAnswer/status"],
    [{ status: 200.5 }, "/decoyAnswer/status"],
    [{ contentType: "text/html\r\nx-a: b" }, "/decoyAnswer/contentType"],
    [{ contentType: "nothing" }, "/decoyAnswer/contentType"],
    [{ body: "x".repeat(16_385) }, "/decoyAnswer/body"],
    [{ delayMs: -1 }, "/decoyAnswer/delayMs"],
    [{ delayMs: 30_001 }, "/decoyAnswer/delayMs"],
  ])("is refused with %o", async (wrong, path) => {
    await add();
    expect(await refusalOf(given({ ...answer, ...wrong }))).toBe(`invalid_input ${path}`);
  });
});

describe("a canary", () => {
  const places = [
    { api: "shop", methods: ["GET"], path: "/", in: "header", name: "x-key", when: "placeholder" },
  ] as const;
  const inBody = [{ ...places[0], in: "json", name: "/key" }] as const;
  const set = (value: string, at: typeof places | typeof inBody = places) =>
    lab.admin.setSecret(lab.actor, id, "key", { value, places: at });
  const setCanary = (canary: string | null) => lab.admin.setCanary(lab.actor, id, "key", { canary });
  beforeEach(async () => {
    await add();
    await set("the-value");
  });

  it("is kept beside the value, through rotations, until it is taken away; no view shows it", async () => {
    const view = await setCanary("the-canary");
    expect([view.hasCanary, view.version, JSON.stringify(view).includes("the-canary")]).toEqual([true, 2, false]);
    expect((await lab.admin.rotateSecret(lab.actor, id, "key", { value: "another" })).hasCanary).toBe(true);
    expect((await set("a-third")).hasCanary).toBe(true);
    expect((await setCanary(null)).hasCanary).toBe(false);
    const stored = await lab.store.secrets.get(id, "key");
    const value = lab.vault.open(stored?.value ?? "", ["secret", id, "key", "5"]).reveal();
    expect(Buffer.from(value).toString()).toBe("a-third");
  });

  it("is not the value, fits every place, and is not much longer than the value", async () => {
    expect(await refusalOf(setCanary("the-value"))).toBe("invalid_input /canary");
    expect(await refusalOf(setCanary("line\nbreak"))).toBe("invalid_input /canary");
    expect(await refusalOf(setCanary("x".repeat(257)))).toBe("invalid_input /canary");
    expect(await refusalOf(lab.admin.setCanary(lab.actor, id, "nothing", { canary: "x" }))).toBe("not_found");
  });

  it("goes where new places cannot take it, or where it becomes the value", async () => {
    await set("the-value", inBody);
    await setCanary("line\nbreak");
    expect((await set("the-value", places)).hasCanary).toBe(false);
    await setCanary("the-canary");
    expect((await set("the-canary")).hasCanary).toBe(false);
    await setCanary("the-second");
    expect((await lab.admin.rotateSecret(lab.actor, id, "key", { value: "the-second" })).hasCanary).toBe(false);
    await setCanary("the-third");
    const mode = { mode: "brokered", value: "the-third" } as const;
    expect((await lab.admin.changeSecretMode(lab.actor, id, "key", mode)).hasCanary).toBe(false);
  });
});
