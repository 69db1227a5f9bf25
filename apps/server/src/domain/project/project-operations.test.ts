import {
  compareKeyListOrder,
  keyListInput,
  parseConfigurationString,
  parseKeyList,
  parseKeyListEnvelope,
  parseManifest,
  parseManifestEnvelope,
  rootOf,
} from "@countersign/protocol";
import { sha256, verifyEs256 } from "@countersign/protocol/server";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Project, ProtectedApi } from "../ports/index.ts";
import { defaultApiToken } from "./default-api-token.ts";
import { openProjectLab, type ProjectLab } from "./project-lab.suite.ts";
import { keyLife } from "./replace-keys.ts";

const dayMs = 86_400_000;

describe("projects", () => {
  let lab: ProjectLab;
  let project: Project;
  beforeEach(async () => {
    lab = await openProjectLab();
    project = await lab.operations.create({ name: "one", kind: "production" });
  });
  afterEach(() => lab.close());

  const api = (id: string, host = `${id}.example`): ProtectedApi => ({
    project: project.id,
    id,
    host,
    port: 443,
    channel: "system",
    pins: [],
    roots: [],
    token: { ...defaultApiToken, header: "authorization", prefix: "Bearer " },
    tokenSeconds: 300,
    whenUnavailable: "fail",
    createdAtMs: lab.nowMs(),
  });

  async function addApp(): Promise<void> {
    await lab.store.apps.put({
      project: project.id,
      id: "app",
      createdAtMs: lab.nowMs(),
      ios: { appIds: ["T.a"] },
      android: null,
      web: null,
      releases: "any",
    });
    await lab.operations.republish(project.id);
  }

  function listOf({ keyList }: Project) {
    const envelope = parseKeyListEnvelope(keyList);
    if (!envelope.ok) throw new TypeError(envelope.detail);
    const list = parseKeyList(envelope.value.signed, sha256);
    if (!list.ok) throw new TypeError(list.detail);
    const { signed, signature, point } = envelope.value;
    expect(verifyEs256(point, keyListInput(signed), signature)).toBe(true);
    const configuration = parseConfigurationString(lab.operations.configurationOf(project, null));
    if (!configuration.ok) throw new TypeError(configuration.detail);
    return { list: list.value, by: rootOf(sha256, point, configuration.value) };
  }

  async function manifest(contexts = lab.contexts) {
    const envelope = (await contexts.get(project.id))?.manifestOf("app");
    const read = parseManifestEnvelope(JSON.stringify(envelope));
    if (!read.ok) throw new TypeError(read.detail);
    const parsed = parseManifest(read.value.signed);
    if (!parsed.ok) throw new TypeError(parsed.detail);
    return { ...parsed.value, bytes: read.value.signed, kid: read.value.kid };
  }

  it("begin with a key list of two keys that the root of their configuration string signed", async () => {
    const { list, by } = listOf(project);
    expect([by, list.environment, list.keys.map((key) => key.use)]).toEqual([
      "root",
      "production",
      ["response", "manifest"],
    ]);
    const context = await lab.contexts.get(project.id);
    expect(list.keys.map((key) => key.kid)).toEqual([context?.responseKey.kid, context?.manifestKey.kid]);
  });

  it("keep no clear key in the record", async () => {
    const keys = await lab.store.signingKeys.ofProject(project.id);
    for (const key of keys)
      expect(Buffer.from(key.privateKey, "base64url").includes(Buffer.from("06082a8648ce3d030107", "hex"))).toBe(false);
  });

  it("raise the manifest version with every change, and never otherwise", async () => {
    await addApp();
    const first = await manifest();
    lab.advance(6000);
    expect((await manifest()).bytes).toEqual(first.bytes);
    await lab.store.protectedApis.put(api("nasa"));
    await lab.operations.republish(project.id);
    const second = await manifest();
    expect(second.version).toBeGreaterThan(first.version);
    expect(second.apis.map((each) => each.api)).toEqual(["nasa"]);
  });

  it("raise it too where a change was written and the service died before it was published", async () => {
    await addApp();
    const first = await manifest();
    await lab.store.protectedApis.put(api("nasa"));
    lab.advance(6000);
    const healed = await manifest();
    expect([healed.version > first.version, healed.apis.length]).toEqual([true, 1]);
    await lab.store.protectedApis.put(api("other"));
    const afterStart = await manifest(lab.freshContexts());
    expect([afterStart.version > healed.version, afterStart.apis.length]).toEqual([true, 2]);
  });

  it("are read again within 5 seconds though no message came", async () => {
    await addApp();
    await lab.contexts.get(project.id);
    await lab.store.apps.put({
      project: project.id,
      id: "two",
      createdAtMs: 0,
      ios: null,
      android: null,
      web: { origins: [] },
      releases: "any",
    });
    lab.advance(5000);
    expect((await lab.contexts.get(project.id))?.apps.has("two")).toBe(true);
  });

  it("get one token key for each API that has a token", async () => {
    await lab.store.protectedApis.put(api("nasa"));
    await lab.store.protectedApis.put({ ...api("plain"), token: null });
    await lab.operations.republish(project.id);
    await lab.operations.republish(project.id);
    const context = await lab.contexts.get(project.id);
    const nowMs = lab.nowMs();
    const own = context?.jwksOf("nasa", nowMs)?.keys.map(({ kid }) => kid);
    expect([own, context?.jwksOf("plain", nowMs), context?.tokenKeyOf("plain", nowMs)]).toEqual([
      [context?.tokenKeyOf("nasa", nowMs)?.kid],
      null,
      null,
    ]);
    expect(context?.jwksOf(null, nowMs)?.keys).toHaveLength(1);
  });

  it("rotate their keys after 90 days, name both for 14, and then the new ones alone", async () => {
    await addApp();
    const before = listOf(project).list;
    expect(await lab.operations.rotate(project.id)).toBe("not_due");
    lab.advance(keyLife.signsMs);
    expect(await lab.operations.rotate(project.id)).toBe("rotated");
    const during = await current();
    expect([during.by, during.list.keys.length, during.list.version > before.version]).toEqual(["root", 4, true]);
    const context = await lab.contexts.get(project.id);
    expect(before.keys.map((key) => key.kid)).not.toContain(context?.responseKey.kid);
    expect(during.list.keys.map((key) => key.kid)).toContain(context?.responseKey.kid);
    expect(await lab.operations.rotate(project.id)).toBe("not_due");
    lab.advance(keyLife.overlapMs);
    expect(await lab.operations.rotate(project.id)).toBe("rotated");
    const after = await current();
    expect(new Set(after.list.keys.map((key) => key.kid))).toEqual(
      new Set([context?.responseKey.kid, context?.manifestKey.kid]),
    );
    expect(await lab.operations.rotate(project.id)).toBe("not_due");
    const rows = await lab.store.signingKeys.ofProject(project.id);
    expect(
      rows
        .filter((key) => key.retiredAtMs !== null)
        .map((key) => key.kid)
        .toSorted(),
    ).toEqual(before.keys.map((key) => key.kid).toSorted());
  });

  it("put every online key aside by recovery, and are ruled by the recovery root from then on", async () => {
    const before = listOf(project);
    const recovered = await lab.operations.recover(project.id);
    if (!recovered.ok) throw new TypeError(recovered.reason);
    const after = listOf(recovered.project);
    expect([after.by, after.list.manifestEpoch]).toEqual(["recovery", before.list.manifestEpoch + 1]);
    const old = new Set(before.list.keys.map((key) => key.kid));
    expect(after.list.keys.some((key) => old.has(key.kid))).toBe(false);
    const order = { recovery: true, version: after.list.version };
    expect(compareKeyListOrder(order, { recovery: false, version: Number.MAX_SAFE_INTEGER })).toBe(1);
    lab.advance(keyLife.signsMs);
    await lab.operations.rotate(project.id);
    expect((await current()).by).toBe("recovery");
  });

  it("wait for their root where its key was moved offline, and make no keys meanwhile", async () => {
    const rows = await lab.store.signingKeys.ofProject(project.id);
    lab.advance(keyLife.signsMs);
    lab.moveOffline(project.id, "root");
    expect(await lab.operations.rotate(project.id)).toBe("root_key_absent");
    expect(await lab.store.signingKeys.ofProject(project.id)).toEqual(rows);
    lab.moveOffline(project.id, "recovery");
    expect(await lab.operations.recover(project.id)).toEqual({ ok: false, reason: "recovery_key_absent" });
  });

  it("sign with listed keys alone, though a crash left a younger key in the record", async () => {
    const { createSigningKey } = await import("./signing-keys.ts");
    const stray = createSigningKey(lab.vault, {
      project: project.id,
      use: "response",
      nowMs: lab.nowMs() + dayMs,
    });
    await lab.store.signingKeys.add(stray);
    const context = await lab.freshContexts().get(project.id);
    expect(context?.responseKey.kid).toBe(listOf(project).list.keys[0]?.kid);
  });

  it("never go back in order, though the clock does", async () => {
    await addApp();
    const first = await manifest();
    lab.advance(-30 * dayMs);
    await lab.operations.republish(project.id);
    expect((await manifest(lab.freshContexts())).version).toBeGreaterThan(first.version);
  });

  it("are unknown to each other and to strangers", async () => {
    expect(await lab.contexts.get("A".repeat(22))).toBeNull();
    expect((await lab.contexts.get(project.id))?.manifestOf("nobody")).toBeNull();
  });

  async function current() {
    const row = await lab.store.projects.get(project.id);
    if (row === null) throw new TypeError("the project is gone");
    return listOf(row);
  }
});
