import { parseManifest, parseManifestEnvelope } from "@countersign/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { enrolInstance } from "../../domain/device/enrol-instance.ts";
import { openSession } from "../../domain/device/open-session.ts";
import { type DeviceLab, openDeviceLab } from "./device-lab.suite.ts";

const actor = { id: "lab", name: "lab" };
const longName = (index: number) => `secret-${index}-`.padEnd(48, "x");

describe("a project of 50 hosts and 200 secrets", () => {
  let lab: DeviceLab;
  beforeAll(async () => {
    lab = await openDeviceLab();
    const { admin } = lab.service().domain;
    for (let index = 0; index < 50; index += 1) {
      const api = {
        host: `api-${index}.example`,
        port: 443,
        channel: "system",
        pins: [],
        roots: [],
        token: null,
        tokenSeconds: 300,
        whenUnavailable: "fail",
      } as const;
      await admin.putApi(actor, lab.project, `api-${index}`, api, "create");
    }
    for (let index = 0; index < 200; index += 1) {
      const place = {
        api: `api-${index % 50}`,
        methods: ["GET"],
        path: "/",
        in: "header",
        name: "x-key",
        when: "placeholder",
      } as const;
      const mode = index < 100 ? "delivered" : "brokered";
      await admin.setSecret(actor, lab.project, longName(index), {
        value: `${index}-`.padEnd(500, "v"),
        mode,
        places: [place],
      });
    }
  });
  afterAll(() => lab.close());

  async function secretsFor(names: readonly string[]) {
    const instance = lab.instanceOf(lab.pixel());
    await instance.enrol();
    const prepared = await instance.prepareSession({
      asks: { tokens: [], secrets: [...names], clientAttestations: [] },
    });
    const session = await lab.sessionIn(prepared, (await lab.send("POST", prepared.path, prepared.body)).body);
    return session?.secrets ?? [];
  }

  it("has one manifest that the agent's parser reads", async () => {
    const { json } = await lab.send("GET", `/v1/manifest/${lab.project}/astropiks`, null);
    const envelope = parseManifestEnvelope(JSON.stringify(json));
    const manifest = envelope.ok ? parseManifest(envelope.value.signed) : envelope;
    expect(manifest.ok && [manifest.value.apis.length, manifest.value.secrets.length]).toEqual([51, 201]);
  });

  it("delivers 64 secrets at once, each with its own value", async () => {
    const secrets = await secretsFor(Array.from({ length: 64 }, (_, index) => longName(index)));
    expect(secrets).toHaveLength(64);
    expect(
      secrets.every((each) => each.mode === "delivered" && each.value.startsWith(each.name.split("-")[1] ?? "?")),
    ).toBe(true);
  });

  it("names as many brokered secrets as fit a pass, the same in pass and session", async () => {
    const secrets = await secretsFor(Array.from({ length: 64 }, (_, index) => longName(100 + index)));
    expect(secrets.length).toBeGreaterThan(8);
    expect(secrets.length).toBeLessThan(64);
    expect(secrets.every((each) => each.mode === "brokered")).toBe(true);
  });

  it("gives nothing for names that are not there, and each name once", async () => {
    const secrets = await secretsFor(["nothing", longName(0), longName(0)]);
    expect(secrets.map((each) => each.name)).toEqual([longName(0)]);
  });

  it("gives a secret only to the apps it is for", async () => {
    const { admin } = lab.service().domain;
    const place = {
      api: "api-0",
      methods: ["GET"],
      path: "/",
      in: "header",
      name: "x-key",
      when: "placeholder",
    } as const;
    await admin.putApp(
      actor,
      lab.project,
      "other",
      { ios: null, android: null, web: { origins: ["https://o.example"] } },
      "create",
    );
    await admin.setSecret(actor, lab.project, "theirs", {
      value: "theirs",
      mode: "delivered",
      places: [place],
      apps: ["other"],
    });
    expect(await secretsFor(["theirs"])).toEqual([]);
    const { json } = await lab.send("GET", `/v1/manifest/${lab.project}/astropiks`, null);
    expect(Buffer.from((json as { signed: string }).signed, "base64url").toString()).not.toContain("theirs");
  });

  it("answers unavailable, whatever is asked, while bans could not be reconciled", async () => {
    const { device } = lab.service().domain;
    const deps = { ...device, standing: { ...device.standing, isCurrent: () => false } };
    const call = { body: new Uint8Array(), network: "n", address: null, origin: null };
    expect([await openSession(deps, call), await enrolInstance(deps, call)]).toMatchObject([
      { ok: false, code: "unavailable" },
      { ok: false, code: "unavailable" },
    ]);
  });
});
