import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { createVirtualPlay } from "@countersign/virtual-device";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findLeaks } from "../../../../../testing/leak-detector.ts";
import { openVendorValue } from "../vendors/vendor-credential.ts";
import { type AdminLab, openAdminLab, refusalOf } from "./admin-lab.suite.ts";

const pem = (key: KeyObject) => key.export({ type: "pkcs8", format: "pem" }).toString();
const rsa = (modulusLength: number) => pem(generateKeyPairSync("rsa", { modulusLength }).privateKey);
const account = {
  type: "service_account",
  project_id: "astro",
  private_key_id: "0a1b",
  private_key: rsa(2048),
  client_email: "verifier@astro.iam.gserviceaccount.com",
  token_uri: "https://attacker.example/token",
};
const { keys } = createVirtualPlay();

const ec = pem(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey);
const apple = { teamId: "A1B2C3D4E5", keyId: "KEY1234567", privateKey: ec };

let lab: AdminLab;
let id: string;
beforeEach(async () => {
  lab = await openAdminLab();
  id = (await lab.admin.createProject(lab.actor, { name: "p", kind: "production" })).id;
});
afterEach(() => lab.close());
const set = (kind: string, value: unknown, project = id) => lab.admin.setVendor(lab.actor, project, kind, value);

describe("a vendor credential", () => {
  it("goes in whole and comes out by kind and time alone", async () => {
    expect(await set("google-play", account)).toEqual({ kind: "google-play", updatedAtMs: lab.nowMs() });
    lab.advance(1000);
    await set("google-play-keys", { "org.example.astro": keys });
    expect(await lab.admin.listVendors(id)).toEqual([
      { kind: "google-play", updatedAtMs: lab.nowMs() - 1000 },
      { kind: "google-play-keys", updatedAtMs: lab.nowMs() },
    ]);
    const { private_key: privateKey, client_email: clientEmail } = account;
    expect(await openVendorValue(lab, id, "google-play")).toEqual({ clientEmail, privateKey });
    expect(await openVendorValue(lab, id, "google-play-keys")).toEqual({ "org.example.astro": keys });
    await set("apple-devicecheck", { ...apple, note: "not kept" });
    expect(await openVendorValue(lab, id, "apple-devicecheck")).toEqual(apple);
  });

  it("is kept and told of nowhere in clear", async () => {
    await set("google-play", account);
    await set("google-play-keys", { "org.example.astro": keys });
    await set("apple-devicecheck", apple);
    const rows = JSON.stringify([
      await lab.store.vendorCredentials.list(id),
      await lab.admin.listVendors(id),
      await lab.admin.listAudit(id, 100),
    ]);
    for (const secret of [account.private_key.slice(100, 160), keys.decryptionKey, ec.slice(60, 100)]) {
      expect(findLeaks(Buffer.from(rows), secret)).toEqual([]);
    }
  });

  it("opens in its own project and kind alone", async () => {
    await set("google-play", account);
    const other = (await lab.admin.createProject(lab.actor, { name: "q", kind: "production" })).id;
    const held = await lab.store.vendorCredentials.get(id, "google-play");
    if (held === null) throw new TypeError("nothing held");
    await lab.store.vendorCredentials.put({ ...held, project: other });
    await lab.store.vendorCredentials.put({ ...held, kind: "google-play-keys" });
    await expect(openVendorValue(lab, other, "google-play")).rejects.toThrow();
    await expect(openVendorValue(lab, id, "google-play-keys")).rejects.toThrow();
  });

  it("is audited by name, and removed once", async () => {
    await set("google-play", account);
    await lab.admin.removeVendor(lab.actor, id, "google-play");
    expect(await openVendorValue(lab, id, "google-play")).toBeNull();
    expect(await refusalOf(lab.admin.removeVendor(lab.actor, id, "google-play"))).toBe("not_found");
    const records = await lab.admin.listAudit(id, 2);
    expect(records.map(({ action, target }) => [action, target])).toEqual([
      ["vendor.remove", "google-play"],
      ["vendor.set", "google-play"],
    ]);
  });
});

describe("refuses", () => {
  it.each<[string, string, unknown]>([
    ["a kind that is none", "apple-pie", {}],
    ["a kind of every object", "constructor", {}],
  ])("%s", async (_, kind, value) => {
    expect(await refusalOf(set(kind, value))).toBe("not_found");
  });

  it("a project that is not there", async () => {
    expect(await refusalOf(set("google-play", account, "nowhere"))).toBe("not_found");
    expect(await refusalOf(lab.admin.listVendors("nowhere"))).toBe("not_found");
  });

  it.each<[string, string, unknown]>([
    ["an account without key", "google-play", { client_email: account.client_email }],
    ["an account with an EC key", "google-play", { ...account, private_key: ec }],
    ["an account with a short key", "google-play", { ...account, private_key: rsa(1024) }],
    ["an account whose key is no key", "google-play", { ...account, private_key: "-----BEGIN" }],
    ["an account without address", "google-play", { ...account, client_email: "nobody" }],
    ["a list", "google-play", []],
    ["no package", "google-play-keys", {}],
    ["a package that is none", "google-play-keys", { astro: keys }],
    ["a key of another length", "google-play-keys", { "org.example.astro": { ...keys, decryptionKey: "AAAA" } }],
    ["one good package and one bad", "google-play-keys", { "org.example.astro": keys, "org.example.b": {} }],
    ["keys that are text", "google-play-keys", { "org.example.astro": "keys" }],
    ["an Apple key without team", "apple-devicecheck", { ...apple, teamId: undefined }],
    ["an Apple key whose team is no id", "apple-devicecheck", { ...apple, teamId: "a1b2c3d4e5" }],
    ["an Apple key whose id is too short", "apple-devicecheck", { ...apple, keyId: "KEY123456" }],
    ["an Apple key that is RSA", "apple-devicecheck", { ...apple, privateKey: account.private_key }],
    [
      "an Apple key on another curve",
      "apple-devicecheck",
      { ...apple, privateKey: pem(generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey) },
    ],
    ["an Apple key that is no key", "apple-devicecheck", { ...apple, privateKey: "-----BEGIN PRIVATE KEY-----" }],
    ["an Apple key that is text", "apple-devicecheck", "key"],
  ])("%s", async (_, kind, value) => {
    expect(await refusalOf(set(kind, value))).toMatch(/^invalid_input/);
    expect(await lab.admin.listVendors(id)).toEqual([]);
  });
});
