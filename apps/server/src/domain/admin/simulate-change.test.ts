import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { madeChain, madeVersion } from "../lockout/fleet-lab.suite.ts";
import { type AdminLab, openAdminLab, refusalOf } from "./admin-lab.suite.ts";
import type { ProposedChange } from "./simulate-change.ts";

let lab: AdminLab;
let project = "";
let looks: string[] = [];

const place = { api: "sky", methods: ["GET"], path: "/", in: "query", name: "key", when: "placeholder" } as const;
const pins = ["A", "B"].map((letter) => Buffer.alloc(32, letter).toString("base64url"));
const android = { packageName: "org.example.app", signingDigests: ["00".repeat(32)] };
const system = { host: "sky.example.org", channel: "system" } as const;
const identity = `org.example.app ${"00".repeat(32)}`;

beforeEach(async () => {
  looks = [];
  lab = await openAdminLab({
    chain: ({ host, port, pins: held }) => {
      looks.push(`${host}:${port} ${held.length}`);
      return madeChain({ pins: false });
    },
  });
  const { admin, actor } = lab;
  project = (await admin.createProject(actor, { name: "Astro", kind: "production" })).id;
  await admin.putApp(actor, project, "astropiks", { android }, "create");
  await admin.putApi(actor, project, "sky", system, "create");
  await admin.setSecret(actor, project, "sky-key", { value: "a key", places: [place] });
  await admin.putRelease(actor, project, { app: "astropiks", platform: "android", version: "7" }, { status: "active" });
  const seen = { project, identity, lastSeenMs: lab.nowMs() };
  await lab.store.fleet.add([madeVersion("7", seen), madeVersion("8", seen)], 10);
});
afterEach(() => lab.close());

const told = async (change: ProposedChange): Promise<readonly string[]> =>
  (await lab.admin.simulateChange(project, change)).lockedOut.map(
    ({ build, api, reason }) => `${build} ${api ?? "-"} ${reason}`,
  );
const release = { app: "astropiks", platform: "android", version: "7" } as const;

describe("a simulation", () => {
  it.each<[ProposedChange, readonly string[]]>([
    [
      { change: "api.put", id: "sky", api: { ...system, channel: "pins", pins } },
      ["7 sky pin_absent", "8 sky pin_absent"],
    ],
    [{ change: "api.put", id: "new", api: { ...system, host: "new.example.org" } }, []],
    [
      { change: "app.put", id: "astropiks", app: { web: { origins: ["https://a.example"] } } },
      ["7 - platform_removed", "8 - platform_removed"],
    ],
    [{ change: "app.put", id: "astropiks", app: { android, releases: "listed" } }, ["8 - release_unregistered"]],
    [{ change: "release.put", ...release, release: { status: "withdrawn" } }, ["7 - release_withdrawn"]],
    [{ change: "release.remove", ...release }, []],
    [
      { change: "secret.put", name: "sky-key", secret: { places: [{ ...place, name: "other" }] } },
      ["7 sky place_removed", "8 sky place_removed"],
    ],
    [{ change: "secret.remove", name: "sky-key" }, ["7 sky place_removed", "8 sky place_removed"]],
    [
      { change: "settings", settings: { requiredDetectors: ["tamper"] } },
      ["7 - detector_missing", "8 - detector_missing"],
    ],
  ])("of %j names what it locks out, and writes nothing", async (change, expected) => {
    const { admin } = lab;
    const state = async () => [
      await admin.listApis(project),
      await admin.listApps(project),
      await admin.listReleases(project, "astropiks"),
      await admin.listSecrets(project),
      await admin.showProject(project),
      await admin.listAudit(project, 100),
    ];
    const before = await state();
    const changed = lab.changed.length;
    expect(await told(change)).toEqual(expected);
    expect(await state()).toEqual(before);
    expect(lab.changed).toHaveLength(changed);
  });

  it.each<[ProposedChange, string]>([
    [{ change: "api.put", id: "sky", api: { ...system, channel: "pins", pins: pins.slice(1) } }, "invalid_input /pins"],
    [{ change: "api.put", id: "new", api: system }, "conflict"],
    [{ change: "api.remove", id: "sky" }, "in_use"],
    [{ change: "api.remove", id: "nowhere" }, "not_found"],
    [{ change: "app.put", id: "astropiks", app: {} }, "invalid_input "],
    [{ change: "app.remove", id: "nobody" }, "not_found"],
    [{ change: "release.put", ...release, version: "1.0", release: { status: "active" } }, "invalid_input /version"],
    [{ change: "release.put", ...release, app: "nobody", release: { status: "active" } }, "not_found"],
    [{ change: "release.remove", ...release, version: "9" }, "not_found"],
    [{ change: "secret.put", name: "Key", secret: { places: [place] } }, "invalid_input /name"],
    [
      { change: "secret.put", name: "key", secret: { places: [{ ...place, api: "nowhere" }] } },
      "invalid_input /places/0/api",
    ],
    [{ change: "secret.remove", name: "nothing" }, "not_found"],
    [{ change: "settings", settings: { refreshSeconds: 300, sessionSeconds: 60 } }, "invalid_input /refreshSeconds"],
    [{ change: "settings", settings: { permissions: ["simulator"] } }, "development_only"],
  ])("of %j is refused where the change would be", async (change, refusal) => {
    expect(await refusalOf(lab.admin.simulateChange(project, change))).toBe(refusal);
  });

  it("looks at the chains of the hosts that a change touches, and at no other", async () => {
    await told({ change: "release.put", ...release, release: { status: "withdrawn" } });
    await told({ change: "settings", settings: { requiredDetectors: ["tamper"] } });
    expect(looks).toEqual([]);
    await lab.admin.putApi(lab.actor, project, "other", { ...system, host: "other.example.org" }, "create");
    await told({ change: "api.put", id: "sky", api: { ...system, channel: "pins", pins } });
    expect(looks.toSorted()).toEqual(["sky.example.org:443 0", "sky.example.org:443 2"]);
    looks = [];
    await told({ change: "api.put", id: "sky", api: { ...system, tokenSeconds: 60 } });
    expect(looks).toEqual([]);
  });

  it("counts a version as installed for 90 days after it was last seen, and lists the same", async () => {
    const remove: ProposedChange = { change: "settings", settings: { requiredDetectors: ["tamper"] } };
    lab.advance(90 * 86_400_000);
    expect(await told(remove)).toHaveLength(2);
    expect(await lab.admin.listFleetVersions(project, "astropiks")).toMatchObject([
      { build: "7", instances: 1, attested: "7" },
      { build: "8", instances: 1, attested: "8" },
    ]);
    expect(await lab.admin.listFleetVersions(project, "another")).toEqual([]);
    lab.advance(1);
    expect(await told(remove)).toEqual([]);
    expect(await lab.admin.listFleetVersions(project, "astropiks")).toEqual([]);
  });

  it("is of one project: another's id is not found, and another's fleet is not looked at", async () => {
    const other = (await lab.admin.createProject(lab.actor, { name: "Other", kind: "production" })).id;
    const change: ProposedChange = { change: "settings", settings: { requiredDetectors: ["tamper"] } };
    expect(await lab.admin.simulateChange(other, change)).toEqual({ lockedOut: [], notJudged: [], versions: 0 });
    expect(await refusalOf(lab.admin.simulateChange("nowhere", change))).toBe("not_found");
    expect(await refusalOf(lab.admin.listFleetVersions("nowhere", "astropiks"))).toBe("not_found");
  });
});
