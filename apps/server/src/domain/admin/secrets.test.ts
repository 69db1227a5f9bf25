import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Place } from "@countersign/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findLeaks } from "../../../../../testing/leak-detector.ts";
import { type AdminLab, openAdminLab, refusalOf } from "./admin-lab.suite.ts";

let lab: AdminLab;
let id: string;
beforeEach(async () => {
  lab = await openAdminLab();
  id = (await lab.admin.createProject(lab.actor, { name: "p", kind: "production" })).id;
  await lab.admin.putApi(
    lab.actor,
    id,
    "nasa",
    { host: "api.nasa.gov", channel: "system", token: { header: "Authorization" } },
    "create",
  );
  await lab.admin.putApp(lab.actor, id, "astro", { web: { origins: ["https://a.example"] } }, "create");
});
afterEach(() => lab.close());

const query: Place = {
  api: "nasa",
  methods: ["GET"],
  path: "/planetary",
  in: "query",
  name: "api_key",
  when: "placeholder",
};
const set = (name: string, value: string, more: object = {}) =>
  lab.admin.setSecret(lab.actor, id, name, { value, places: [query], ...more });

async function heldValue(name: string): Promise<string> {
  const secret = await lab.store.secrets.get(id, name);
  if (secret === null) throw new TypeError("no such secret");
  const context = ["secret", id, name, String(secret.version)];
  return Buffer.from(lab.vault.open(secret.value, context).reveal()).toString("utf8");
}

describe("a secret", () => {
  it("is kept, versioned, and shown without its value", async () => {
    const first = await set("nasa-key", "value-one");
    expect(first).toEqual({
      name: "nasa-key",
      version: 1,
      mode: "delivered",
      placeholder: expect.stringMatching(/^cs-nasa-key-[a-z2-7]{10}$/),
      places: [query],
      apps: null,
      updatedAtMs: lab.nowMs(),
      hasCanary: false,
      terms: null,
      recipe: null,
    });
    const second = await set("nasa-key", "value-two", { mode: "brokered", apps: ["astro"] });
    expect([second.version, second.mode, second.apps, second.placeholder]).toEqual([
      2,
      "brokered",
      ["astro"],
      first.placeholder,
    ]);
    expect(await heldValue("nasa-key")).toBe("value-two");
  });

  it("is rotated without touching places, mode and apps, and tells the devices", async () => {
    await set("nasa-key", "value-one", { mode: "brokered", apps: ["astro"] });
    const told = lab.changed.length;
    const rotated = await lab.admin.rotateSecret(lab.actor, id, "nasa-key", { value: "value-two" });
    expect([rotated.version, rotated.mode, rotated.apps, rotated.places]).toEqual([2, "brokered", ["astro"], [query]]);
    expect(await heldValue("nasa-key")).toBe("value-two");
    expect(lab.changed.slice(told)).toEqual([id]);
  });

  it("goes from delivered to brokered with a new value, or when its exposed one is kept on purpose", async () => {
    await set("nasa-key", "value-one");
    const mode = (more: object) => lab.admin.changeSecretMode(lab.actor, id, "nasa-key", { mode: "brokered", ...more });
    expect(await refusalOf(mode({}))).toBe("exposed_value");
    expect(await refusalOf(mode({ value: "value-one" }))).toBe("exposed_value");
    expect(await refusalOf(set("nasa-key", "value-one", { mode: "brokered" }))).toBe("exposed_value");
    expect(await refusalOf(mode({ value: "value-two", keepExposedValue: true }))).toBe(
      "invalid_input /keepExposedValue",
    );
    expect((await lab.admin.listSecrets(id)).map(({ version, mode: held }) => [version, held])).toEqual([
      [1, "delivered"],
    ]);
    expect((await mode({ keepExposedValue: true })).mode).toBe("brokered");
    expect(await heldValue("nasa-key")).toBe("value-one");
    const back = await lab.admin.changeSecretMode(lab.actor, id, "nasa-key", { mode: "delivered" });
    expect([back.mode, back.version]).toEqual(["delivered", 3]);
    expect((await mode({ value: "value-two" })).mode).toBe("brokered");
    expect(await heldValue("nasa-key")).toBe("value-two");
  });

  it("is by-verdict without a new value from either mode, and brokered from there with one alone: devices had it", async () => {
    await set("nasa-key", "value-one");
    const mode = (to: "delivered" | "brokered" | "by-verdict", more: object = {}) =>
      lab.admin.changeSecretMode(lab.actor, id, "nasa-key", { mode: to, ...more });
    expect((await mode("by-verdict")).mode).toBe("by-verdict");
    expect(await refusalOf(mode("brokered"))).toBe("exposed_value");
    expect(await refusalOf(mode("brokered", { value: "value-one" }))).toBe("exposed_value");
    expect(await refusalOf(set("nasa-key", "value-one", { mode: "brokered" }))).toBe("exposed_value");
    expect((await mode("brokered", { value: "value-two" })).mode).toBe("brokered");
    expect([(await mode("by-verdict")).mode, (await mode("delivered")).mode]).toEqual(["by-verdict", "delivered"]);
    expect(await heldValue("nasa-key")).toBe("value-two");
    expect((await set("second", "value", { mode: "by-verdict" })).mode).toBe("by-verdict");
    expect((await set("second", "value-2")).mode).toBe("by-verdict");
  });

  it("takes every value of 1 to 4096 bytes of text, and no other", async () => {
    expect(await refusalOf(set("a", "x".repeat(4096)))).toBe("done");
    expect(await refusalOf(set("b", "ü".repeat(2048)))).toBe("done");
    for (const value of ["", "x".repeat(4097), `${"ü".repeat(2048)}x`, "\ud800"]) {
      expect(await refusalOf(set("c", value))).toBe("invalid_input /value");
    }
  });

  it.each([
    ["a line break into a header", { in: "header", name: "X-Key" }, "value\n"],
    ["NUL into a header", { in: "header", name: "X-Key" }, "va\0lue"],
    ["a space at the end into a header", { in: "header", name: "X-Key" }, "value "],
    ["a colon into a Basic user name", { in: "basic", name: "username" }, "us:er"],
    ["a line break into Basic", { in: "basic", name: "password" }, "pass\nword"],
  ] as const)("is refused %s", async (_, place, value) => {
    expect(await refusalOf(set("a", value, { places: [{ ...query, ...place }] }))).toBe("invalid_input /value");
  });

  it.each([
    ["no place", [], "/places"],
    ["an unknown API", [{ ...query, api: "other" }], "/places/0/api"],
    ["no method", [{ ...query, methods: [] }], "/places/0"],
    ["a lower-case method", [{ ...query, methods: ["get"] }], "/places/0"],
    ["a path without slash", [{ ...query, path: "planetary" }], "/places/0"],
    ["a path with a query", [{ ...query, path: "/a?b" }], "/places/0"],
    ["a path with dot segments", [{ ...query, path: "/a/../b" }], "/places/0"],
    ["an escaped path", [{ ...query, path: "/%2e%2e" }], "/places/0"],
    ["segment 0", [{ ...query, in: "segment", name: "0" }], "/places/0"],
    ["a JSON pointer without slash", [{ ...query, in: "json", name: "key" }], "/places/0"],
    ["a Basic part of another name", [{ ...query, in: "basic", name: "token" }], "/places/0"],
    ["a framing header", [{ ...query, in: "header", name: "Content-Length" }], "/places/0"],
    ["the token's own header", [{ ...query, in: "header", name: "authorization" }], "/places/0/name"],
    ["a prefix with a line break", [{ ...query, in: "header", name: "X", prefix: "a\r\nb" }], "/places/0"],
    ["the same place twice", [query, { ...query }], "/places"],
  ] satisfies [string, Place[], string][])("is refused with %s", async (_, places, path) => {
    expect(await refusalOf(set("a", "value", { places }))).toBe(`invalid_input ${path}`);
    expect(await lab.admin.listSecrets(id)).toEqual([]);
  });

  it("is refused an app that is not there, and an empty list of apps", async () => {
    expect(await refusalOf(set("a", "value", { apps: ["nobody"] }))).toBe("invalid_input /apps/0");
    expect(await refusalOf(set("a", "value", { apps: [] }))).toBe("invalid_input /apps");
  });

  it("is removed once", async () => {
    await set("a", "value");
    expect(await refusalOf(lab.admin.removeSecret(lab.actor, id, "a"))).toBe("done");
    expect(await refusalOf(lab.admin.removeSecret(lab.actor, id, "a"))).toBe("not_found");
    expect(await refusalOf(lab.admin.rotateSecret(lab.actor, id, "a", { value: "v" }))).toBe("not_found");
  });

  it("rotated by many at once has one version for each", async () => {
    await set("a", "value-0");
    const values = Array.from({ length: 10 }, (_, index) => `value-${index + 1}`);
    const rotated = await Promise.all(values.map((value) => lab.admin.rotateSecret(lab.actor, id, "a", { value })));
    expect(rotated.map(({ version }) => version).toSorted((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it("stands in no answer, no audit record and no file, in any form", async () => {
    const value = randomBytes(24).toString("hex");
    const answers = [
      await set("a", value),
      await lab.admin.rotateSecret(lab.actor, id, "a", { value: `${value}-2` }),
      await lab.admin.changeSecretMode(lab.actor, id, "a", { mode: "brokered", value: `${value}-3` }),
      await lab.admin.listSecrets(id),
      await lab.admin.listAudit(id, 100),
      await lab.admin.showProject(id),
    ];
    expect(findLeaks(Buffer.from(JSON.stringify([...answers, { planted: value }])), value)).not.toEqual([]);
    expect(findLeaks(Buffer.from(JSON.stringify(answers)), value)).toEqual([]);
    for (const file of readdirSync(lab.folder, { recursive: true, encoding: "utf8", withFileTypes: true })) {
      if (file.isFile()) expect(findLeaks(readFileSync(join(file.parentPath, file.name)), value)).toEqual([]);
    }
  });

  it("stands in no refusal", async () => {
    const value = `${randomBytes(24).toString("hex")}\n`;
    const place = { ...query, in: "header", name: "X-Key" } as const;
    const error = await set("a", value, { places: [place] }).catch((thrown: unknown) => thrown);
    expect(
      findLeaks(Buffer.from(JSON.stringify(error) + String(error) + String((error as Error).stack)), value.trim()),
    ).toEqual([]);
  });
});
