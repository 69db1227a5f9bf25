import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseConfigurationString, parseKeyList, parseKeyListEnvelope } from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTlsAuthority } from "../../../../../testing/tls-authority.ts";
import { requireAll, vectorsFolder } from "../../../../../testing/vectors.ts";
import { type AdminLab, openAdminLab, refusalOf } from "./admin-lab.suite.ts";
import type { RevocationView } from "./revocation-view.ts";

let lab: AdminLab;
beforeEach(async () => {
  lab = await openAdminLab();
});
afterEach(() => lab.close());

const project = async (kind: "production" | "development" = "production", name = `p-${kind}`) =>
  (await lab.admin.createProject(lab.actor, { name, kind })).id;

describe("projects", () => {
  it("have a configuration string of their kind and of the named host", async () => {
    const made = await lab.admin.createProject(lab.actor, {
      name: "shop",
      kind: "development",
      host: "127.0.0.1:8443",
    });
    const read = parseConfigurationString(made.configuration);
    expect(read.ok && [read.value.kind, read.value.host, read.value.port, read.value.project]).toEqual([
      "development",
      "127.0.0.1",
      8443,
      made.id,
    ]);
    expect((await lab.admin.showProject(made.id)).configuration).toMatch(/^csd1~attest\.example\.org~/);
  });

  it("are told apart by name: a second of the same name is a conflict, also when both are made at once", async () => {
    const both = ["a", "a"].map((name) => refusalOf(lab.admin.createProject(lab.actor, { name, kind: "production" })));
    expect((await Promise.all(both)).toSorted()).toEqual(["conflict", "done"]);
  });

  it("are refused with a host that no configuration string may hold", async () => {
    for (const host of ["https://a.example", "A.example", "a.example:0", "a.example:99999", "a b", ""]) {
      expect(await refusalOf(lab.admin.createProject(lab.actor, { name: "x", kind: "production", host }))).toBe(
        "invalid_input /host",
      );
    }
  });

  it("of a foreign id are not found, whatever is asked of them", async () => {
    const { admin, actor } = lab;
    const foreign = "AAAAAAAAAAAAAAAAAAAAAA";
    const place = { api: "a", methods: ["GET"], path: "/", in: "query", name: "k", when: "placeholder" } as const;
    const asks: Promise<unknown>[] = [
      admin.showProject(foreign),
      admin.changeSettings(actor, foreign, { reasons: true }),
      admin.putAnchors(actor, foreign, []),
      admin.listApps(foreign),
      admin.showApp(foreign, "a"),
      admin.putApp(actor, foreign, "a", { web: { origins: ["https://a.example"] } }, "create"),
      admin.removeApp(actor, foreign, "a"),
      admin.listApis(foreign),
      admin.showApi(foreign, "a"),
      admin.putApi(actor, foreign, "a", { host: "a.example", channel: "system" }, "create"),
      admin.removeApi(actor, foreign, "a"),
      admin.listSecrets(foreign),
      admin.setSecret(actor, foreign, "a", { value: "v", places: [place] }),
      admin.rotateSecret(actor, foreign, "a", { value: "v" }),
      admin.changeSecretMode(actor, foreign, "a", { mode: "brokered", value: "v" }),
      admin.removeSecret(actor, foreign, "a"),
      admin.resolveArc(actor, foreign, "AAAAAAAAAAAAAAAA"),
      admin.showInstance(foreign, foreign),
      admin.banInstance(actor, foreign, foreign, { reason: "r" }),
      admin.unbanInstance(actor, foreign, foreign, null),
      admin.listAudit(foreign, 1),
      admin.countActivity(foreign, null),
      admin.exportRoot(foreign, null),
      admin.recoverRoot(actor, foreign),
    ];
    expect(new Set(await Promise.all(asks.map(refusalOf)))).toEqual(new Set(["not_found"]));
  });

  it("of kind development can neither be made nor seen in a production-only service", async () => {
    const strict = await openAdminLab({ productionOnly: true });
    try {
      expect(await refusalOf(strict.admin.createProject(strict.actor, { name: "d", kind: "development" }))).toBe(
        "conflict",
      );
      expect(await refusalOf(strict.admin.createProject(strict.actor, { name: "p", kind: "production" }))).toBe("done");
    } finally {
      await strict.close();
    }
  });
});

describe("settings", () => {
  it("change by name, tell the devices, and leave the rest", async () => {
    const id = await project();
    const before = await lab.admin.showProject(id);
    const told = lab.changed.length;
    const after = await lab.admin.changeSettings(lab.actor, id, {
      reasons: true,
      sessionSeconds: 120,
      refreshSeconds: 60,
    });
    expect(after.settings).toEqual({ ...before.settings, reasons: true, sessionSeconds: 120, refreshSeconds: 60 });
    expect(after.manifest.version).toBeGreaterThan(before.manifest.version);
    expect(lab.changed.slice(told)).toEqual([id]);
    expect((await lab.admin.showProject(id)).settings).toEqual(after.settings);
  });

  it("outside their ranges are refused as a whole", async () => {
    const id = await project();
    const before = await lab.admin.showProject(id);
    const wrong = [
      [{ sessionSeconds: 301 }, "/sessionSeconds"],
      [{ sessionSeconds: 59 }, "/sessionSeconds"],
      [{ refreshSeconds: 300 }, "/refreshSeconds"],
      [{ continuingSeconds: 119 }, "/continuingSeconds"],
      [{ continuingSeconds: 43_201 }, "/continuingSeconds"],
      [{ evidenceMaxAgeDays: 0 }, "/evidenceMaxAgeDays"],
      [{ reasons: true, quarantineSeconds: 1.5 }, "/quarantineSeconds"],
      [{ bootKeys: ["aa"] }, "/bootKeys/0"],
      [{ maxPatchAgeMonths: 121 }, "/maxPatchAgeMonths"],
      [{ requiredCategories: [4, 7] }, "/requiredCategories/1"],
      [{ requiredCategories: [4, 4] }, "/requiredCategories"],
      [{ maxRiskMetric: -1 }, "/maxRiskMetric"],
      [{ maxCertificatesIssued: -1 }, "/maxCertificatesIssued"],
      [{ requiredDetectors: ["Hook"] }, "/requiredDetectors/0"],
      [{ permissions: ["everything"] }, "/permissions/0"],
    ] as const;
    for (const [change, path] of wrong) {
      expect(await refusalOf(lab.admin.changeSettings(lab.actor, id, change))).toBe(`invalid_input ${path}`);
    }
    expect(await lab.admin.showProject(id)).toEqual(before);
  });

  it("give permissions to development projects only", async () => {
    const change = { permissions: ["software-key"] };
    expect(await refusalOf(lab.admin.changeSettings(lab.actor, await project("development"), change))).toBe("done");
    expect(await refusalOf(lab.admin.changeSettings(lab.actor, await project("production"), change))).toBe(
      "development_only",
    );
  });

  it("changed at once by many are all kept", async () => {
    const id = await project();
    await Promise.all([
      lab.admin.changeSettings(lab.actor, id, { reasons: true }),
      lab.admin.changeSettings(lab.actor, id, { watchSpreadSeconds: 7 }),
      lab.admin.changeSettings(lab.actor, id, { quarantineSeconds: 77 }),
    ]);
    expect((await lab.admin.showProject(id)).settings).toMatchObject({
      reasons: true,
      watchSpreadSeconds: 7,
      quarantineSeconds: 77,
    });
  });
});

/** A self-signed certificate with an Ed25519 key, which no attestation chain has. */
const ed25519Certificate = `-----BEGIN CERTIFICATE-----
MIIBOjCB7aADAgECAhQYBG6zsYtjiwhMfUPTwYHQ/wOzpDAFBgMrZXAwEjEQMA4G
A1UEAwwHRWQyNTUxOTAgFw0yNjExMjIwODAwNDlaGA8yMTI2MTAyOTA4MDA0OVow
EjEQMA4GA1UEAwwHRWQyNTUxOTAqMAUGAytlcAMhADogvf/vaaC7S+LvAhOF+Xlx
ceAbqUyMCm95lUtYJY81o1MwUTAdBgNVHQ4EFgQUBcJGTqq3ZWqMVj1IB7LbRw6L
Zh0wHwYDVR0jBBgwFoAUBcJGTqq3ZWqMVj1IB7LbRw6LZh0wDwYDVR0TAQH/BAUw
AwEB/zAFBgMrZXADQQCwGnKrpZQvLiKYvQp0W/gWkA4KZ9dWgy2UBD6+iAPltwWQ
JDLlz8xo1pZ5Im0YNXQuDeSTM0xmwmNX/QVwThgD
-----END CERTIFICATE-----`;

describe("test anchors", () => {
  const pem = () => createTlsAuthority({ name: "Test root", nowMs: Date.now() }).pem;

  it("are trusted in a development project and shown by their key's hash", async () => {
    const id = await project("development");
    const anchors = await lab.admin.putAnchors(lab.actor, id, [pem(), pem()]);
    expect(anchors.map((anchor) => anchor.spkiSha256)).toEqual([
      expect.stringMatching(/^[0-9a-f]{64}$/),
      expect.stringMatching(/^[0-9a-f]{64}$/),
    ]);
    expect((await lab.admin.showProject(id)).settings.anchors).toEqual(anchors.map((anchor) => anchor.pem));
  });

  it("are refused in a production project", async () => {
    expect(await refusalOf(lab.admin.putAnchors(lab.actor, await project(), [pem()]))).toBe("development_only");
  });

  it("must be certificates, and no two the same", async () => {
    const id = await project("development");
    const root = pem();
    expect(await refusalOf(lab.admin.putAnchors(lab.actor, id, [root, "no certificate"]))).toBe(
      "invalid_input /pems/1",
    );
    expect(await refusalOf(lab.admin.putAnchors(lab.actor, id, [root, root]))).toBe("invalid_input /pems");
    expect(await refusalOf(lab.admin.putAnchors(lab.actor, id, [`${root}${root}`]))).toBe("invalid_input /pems/0");
  });

  it("must be such as the verifier can load, or the project would answer no device", async () => {
    const id = await project("development");
    expect(await refusalOf(lab.admin.putAnchors(lab.actor, id, [ed25519Certificate]))).toBe("invalid_input /pems/0");
  });

  const roots = vectorsFolder();
  describe.skipIf(roots === null && !requireAll)("AOSP's software roots (vectors)", () => {
    it("are refused even in a development project", async () => {
      const id = await project("development");
      for (const name of ["aosp_software_root_ec.pem", "aosp_software_root_rsa.pem"]) {
        const software = readFileSync(join(roots ?? "", "roots", name), "utf8").trim();
        expect(await refusalOf(lab.admin.putAnchors(lab.actor, id, [pem(), software]))).toBe("anchor_refused");
      }
      expect((await lab.admin.showProject(id)).settings.anchors).toEqual([]);
    });
  });
});

describe("the root", () => {
  it("is replaced through recovery by a key list of a new epoch that the recovery root signed", async () => {
    const id = await project();
    const before = await lab.admin.exportRoot(id, null);
    const after = await lab.admin.recoverRoot(lab.actor, id);
    expect([before.keyListByRecovery, after.keyListByRecovery]).toEqual([false, true]);
    expect(epochOf(after.keyList)).toBe(epochOf(before.keyList) + 1);
    expect(after.keyListVersion).toBeGreaterThan(before.keyListVersion);
  });

  it("is not replaced while the recovery key is offline, and what to do is said", async () => {
    const id = await project();
    const file = join(lab.folder, "roots", `${id}.recovery.key`);
    expect(existsSync(file)).toBe(true);
    rmSync(file);
    expect(await refusalOf(lab.admin.recoverRoot(lab.actor, id))).toBe("recovery_key_absent");
    expect((await lab.admin.exportRoot(id, null)).heldKeys).toEqual(["root"]);
  });

  it("that still lies in the data folder is a warning of the status, for production projects", async () => {
    await project("development");
    expect((await lab.admin.showStatus(lab.actor)).warnings).toEqual([]);
    await project("production");
    expect((await lab.admin.showStatus(lab.actor)).warnings).toEqual([expect.stringContaining("p-production")]);
  });
});

describe("the status list in the status", () => {
  const lost = {
    source: "fetched",
    state: "lost",
    freshUntilMs: 0,
    refusesFromMs: 1,
    lastFailure: "it answered 500",
  } as const;
  const warningsWith = async (revocation: RevocationView): Promise<readonly string[]> => {
    const other = await openAdminLab({ revocation });
    await other.admin.createProject(other.actor, { name: "p", kind: "production" });
    const status = await other.admin.showStatus(other.actor);
    expect(status.revocation).toEqual(revocation);
    await other.close();
    return status.warnings.slice(1);
  };

  it("is a warning where nothing is followed, where fetching fails, and where the grace is over", async () => {
    expect(await warningsWith({ ...lost, source: "none", state: "off", lastFailure: null })).toEqual([
      expect.stringContaining("No status list is followed"),
    ]);
    for (const state of ["stale", "absent"] as const) {
      expect(await warningsWith({ ...lost, state })).toEqual([expect.stringMatching(/1970-01-01.*it answered 500/)]);
    }
    expect(await warningsWith(lost)).toEqual([expect.stringContaining("revocation_unknown")]);
  });

  it("is none where the list is fresh, or due and not yet asked for", async () => {
    for (const state of ["fresh", "stale"] as const) {
      expect(await warningsWith({ ...lost, state, lastFailure: null })).toEqual([]);
    }
  });
});

function epochOf(envelope: string): number {
  const read = parseKeyListEnvelope(envelope);
  const list = read.ok ? parseKeyList(read.value.signed, sha256) : read;
  if (!list.ok) throw new TypeError(list.detail);
  return list.value.manifestEpoch;
}

describe("the audit", () => {
  it("has one record for every change, by whom, and none for a refused one", async () => {
    const id = await project();
    await lab.admin.changeSettings(lab.actor, id, { reasons: true });
    await refusalOf(lab.admin.changeSettings(lab.actor, id, { sessionSeconds: 1 }));
    const records = await lab.admin.listAudit(id, 10);
    expect(records.map(({ action, actorName }) => [action, actorName])).toEqual([
      ["project.settings", "Ada"],
      ["project.create", "Ada"],
    ]);
    expect((await lab.admin.listAudit(null, 10)).map(({ action }) => action)).toEqual(["administrator.create"]);
  });
});
