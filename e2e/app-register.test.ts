import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";
import {
  apksignerDigests,
  createAndroidWorkshop,
  hasAndroidTools,
  workshopPassword,
} from "../testing/android-tools.ts";
import { type CommandLine, commandLineOf } from "../testing/command-line.ts";
import { requireAll } from "../testing/vectors.ts";

const app = {
  packageName: "org.example.hello",
  versionCode: 7,
  versionName: "1.4.2",
  endpoint: "https://api.example.org",
};

describe.skipIf(!hasAndroidTools && !requireAll)("an APK that was built, and one that an attacker made of it", () => {
  const folder = mkdtempSync(join(tmpdir(), "app-register-"));
  const workshop = createAndroidWorkshop(folder);
  let world: DemoWorld;
  let countersign: CommandLine;
  let genuine = "";
  let repackaged = "";

  beforeAll(async () => {
    world = await createDemoWorld({ folder: join(folder, "data"), port: 0, tls: false });
    await world.admin.call("PATCH", `/projects/${world.project.id}`, { reasons: true });
    const token = readFileSync(world.folder.tokenFile, "utf8").trim();
    countersign = async (args, input) =>
      commandLineOf(world.origin, token)([...args, "--project", world.project.id, "--json"], input);
    genuine = workshop.build(app, "developer");
    repackaged = workshop.repackage(genuine, "api.example.org", "evil.example.org", "attacker");
  });
  afterAll(async () => {
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function register(...args: readonly string[]): Promise<Record<string, unknown>> {
    const { code, out, err } = await countersign(["app", "register", ...args]);
    expect([code, err]).toEqual([0, ""]);
    return JSON.parse(out) as Record<string, unknown>;
  }

  /** A phone that has this APK installed, as apksigner and not this project reads who signed it. */
  function phoneWith(apk: string, versionCode = app.versionCode) {
    const [signingDigest = ""] = apksignerDigests(apk) ?? [];
    const claims = { id: "hello", version: app.versionName, build: String(versionCode) };
    return world.createAgent(
      world.devices.pixel({ packageName: app.packageName, versionCode, signingDigest, app: claims }),
      { watch: false },
    ).agent;
  }

  async function outcomeOf(agent: ReturnType<typeof phoneWith>): Promise<unknown> {
    try {
      const { verdict, outcome, reasons } = await agent.refresh();
      return [outcome, verdict, reasons ?? []];
    } finally {
      agent.stop();
    }
  }

  it("are both signed well, for one package and version, by different keys", async () => {
    const reports = [];
    for (const apk of [genuine, repackaged]) {
      const { code, out } = await commandLineOf(world.origin, "")(["app", "inspect", apk, "--json"]);
      expect(code).toBe(0);
      reports.push(JSON.parse(out));
    }
    const [of, as] = reports;
    expect(of).toMatchObject({
      format: "apk",
      id: app.packageName,
      versionCode: 7,
      versionName: "1.4.2",
      verified: true,
    });
    expect(as).toMatchObject({
      format: "apk",
      id: app.packageName,
      versionCode: 7,
      versionName: "1.4.2",
      verified: true,
    });
    expect([of.signers, as.signers]).toEqual(
      [genuine, repackaged].map((apk) =>
        apksignerDigests(apk)?.map((certSha256) => expect.objectContaining({ certSha256 })),
      ),
    );
    expect(of.signers[0].certSha256).not.toBe(as.signers[0].certSha256);
  });

  it("are told apart through a session: the one that was registered has one, the other has none", async () => {
    const answer = await register(genuine, "--app", "hello");
    const [digest = ""] = apksignerDigests(genuine) ?? [];
    expect(answer).toMatchObject({
      app: { id: "hello", android: { packageName: app.packageName, signingDigests: [digest] }, releases: "any" },
      release: null,
      added: [app.packageName, digest],
    });
    expect(await outcomeOf(phoneWith(genuine))).toEqual(["session", "trusted", []]);
    expect(await outcomeOf(phoneWith(genuine, 8))).toEqual(["session", "trusted", []]);
    expect(await outcomeOf(phoneWith(repackaged))).toMatchObject([
      "refused",
      "refused",
      expect.arrayContaining(["signing_digest_mismatch"]),
    ]);
  });

  it("sends who the build is, and nothing else of it", async () => {
    const { build } = await register(genuine, "--app", "hello", "--dry-run");
    const sha256 = execFileSync("sha256sum", [genuine], { encoding: "utf8" }).slice(0, 64);
    expect(build).toEqual({
      android: { packageName: app.packageName, signingDigests: apksignerDigests(genuine) },
      packageSha256: sha256,
    });
  });

  it("counts by build where that was asked, until it is withdrawn, and no build job makes it count again", async () => {
    await register(genuine, "--app", "hello-by-build", "--by", "build", "--expires", "2099-01-01");
    const agentOf = (versionCode: number) => {
      const [signingDigest = ""] = apksignerDigests(genuine) ?? [];
      const claims = { id: "hello-by-build", version: app.versionName, build: String(versionCode) };
      const device = world.devices.pixel({ packageName: app.packageName, versionCode, signingDigest, app: claims });
      return world.createAgent(device, { watch: false }).agent;
    };
    expect(await outcomeOf(agentOf(7))).toEqual(["session", "trusted", []]);
    expect(await outcomeOf(agentOf(8))).toMatchObject([
      "refused",
      "refused",
      expect.arrayContaining(["version_unregistered"]),
    ]);
    await countersign(["release", "withdraw", "hello-by-build", "android", "7"]);
    expect(await outcomeOf(agentOf(7))).toMatchObject([
      "refused",
      "refused",
      expect.arrayContaining(["version_withdrawn"]),
    ]);
    const again = await countersign(["app", "register", genuine, "--app", "hello-by-build", "--by", "build"]);
    expect([again.code, JSON.parse(again.err).error.code]).toEqual([2, "conflict"]);
    expect(await outcomeOf(agentOf(7))).toMatchObject(["refused", "refused", expect.anything()]);
  });

  it("is registered by its keystore as by its package", async () => {
    const [digest = ""] = apksignerDigests(genuine) ?? [];
    const keystore = workshop.keystoreOf("developer");
    const args = ["app", "register", keystore, "--android", app.packageName, "--app", "hello"];
    const right = await countersign(args, `${workshopPassword}\n`);
    expect([right.code, JSON.parse(right.out)]).toMatchObject([
      0,
      { app: { android: { signingDigests: [digest] } }, added: [] },
    ]);
    const wrong = await countersign(args, "wrong\n");
    expect([wrong.code, JSON.parse(wrong.err).error.code]).toEqual([2, "keystore_password"]);
    const pem = join(folder, "certificate.pem");
    const store = ["-keystore", keystore, "-storepass", workshopPassword, "-alias", "developer"];
    writeFileSync(
      pem,
      execFileSync("keytool", ["-exportcert", "-rfc", ...store], { stdio: ["ignore", "pipe", "ignore"] }),
    );
    expect(await register(pem, "--android", app.packageName, "--app", "hello")).toMatchObject({
      app: { id: "hello" },
      added: [],
    });
  });

  it("is not registered where a byte of it is another", async () => {
    const altered = readFileSync(genuine);
    const place = altered.indexOf("classes.dex") + 64;
    altered[place] = (altered[place] ?? 0) ^ 1;
    const file = join(folder, "altered.apk");
    writeFileSync(file, altered);
    const before = await world.admin.call("GET", `/projects/${world.project.id}/apps`, undefined);
    const { code, err } = await countersign(["app", "register", file, "--app", "hello"]);
    expect([code, JSON.parse(err).error.code]).toEqual([1, "package_refused"]);
    expect(await world.admin.call("GET", `/projects/${world.project.id}/apps`, undefined)).toEqual(before);
  });
});
