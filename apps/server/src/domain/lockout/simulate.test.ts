import { describe, expect, it } from "vitest";
import {
  lacking,
  madeApi,
  madeChain,
  madePlace,
  madeRelease,
  madeToken,
  madeVersion,
  madeWorld,
  nowMs,
} from "./fleet-lab.suite.ts";
import { lockoutReasons } from "./lockout-reasons.ts";
import { type SdkKnowledge, sdkReleases } from "./sdk-knowledge.ts";
import { type Simulation, simulate } from "./simulate.ts";
import type { World } from "./world.ts";

const day = 86_400_000;
const newer = { sdk: "countersign-js/1.0.0" };
const both = [madeVersion("7"), madeVersion("8", newer)];

interface Case {
  readonly fleet?: Parameters<typeof simulate>[0]["fleet"];
  readonly before?: Partial<World>;
  readonly after: Partial<World>;
  /** What agents before 1.0.0 do not know. */
  readonly less?: Partial<SdkKnowledge>;
}

function run({ fleet = both, before = {}, after, less = {} }: Case): Simulation {
  const was = madeWorld(before);
  return simulate({ fleet, before: was, after: { ...was, chains: new Map(), ...after }, sdks: lacking(less), nowMs });
}

/** `BUILD reason`, and the API where it is one. */
function told(given: Case): readonly string[] {
  return run(given).lockedOut.map(({ build, reason, api }) =>
    [build, reason, ...(api === null ? [] : [api])].join(" "),
  );
}

const app = madeWorld().apps[0];
if (app === undefined) throw new TypeError("a made world has an app");
const api = madeApi("a");
const secretAt = (place: Parameters<typeof madePlace>[1]) => [
  { name: "key", apps: null, places: [madePlace("a", place)] },
];

describe("a change", () => {
  it("locks nothing out where nothing changes, and where no version was seen", () => {
    expect(run({ after: {} })).toEqual({ lockedOut: [], notJudged: [], versions: 2 });
    expect(run({ fleet: [], after: { apps: [] } })).toEqual({ lockedOut: [], notJudged: [], versions: 0 });
  });

  it("locks out every version of an app that is removed", () => {
    expect(told({ after: { apps: [] } })).toEqual(["7 app_removed", "8 app_removed"]);
  });

  it("locks out the versions of a platform that is removed", () => {
    const iphone = madeVersion("9", { platform: "ios", identity: "TEAM.org.example.app" });
    const fleet = [...both, iphone];
    expect(told({ fleet, after: { apps: [{ ...app, ios: null }] } })).toEqual(["9 platform_removed"]);
  });

  it.each([
    ["ios", "TEAM.org.example.app", { ios: { appIds: ["TEAM.another"] } }],
    ["android", "org.example.app 00ff", { android: { packageName: "org.example.app", signingDigests: ["01ff"] } }],
    ["android", "org.example.app 00ff", { android: { packageName: "org.example.other", signingDigests: ["00ff"] } }],
    ["web", "https://example.org", { web: { origins: ["https://example.com"] } }],
  ] as const)("locks out builds on %s whose identity is not registered any more", (platform, identity, references) => {
    const fleet = [madeVersion("7", { platform, identity }), madeVersion("8", { platform, identity: null })];
    expect(told({ fleet, after: { apps: [{ ...app, ...references }] } })).toEqual(["7 identity_removed"]);
  });

  it("locks out a release that is withdrawn, by what is claimed and on iPhones by what is attested", () => {
    const after = { releases: [madeRelease("7", { status: "withdrawn" })] };
    expect(told({ after })).toEqual(["7 release_withdrawn"]);
    const ios = { platform: "ios", identity: "TEAM.org.example.app" } as const;
    const fleet = [madeVersion("8", { ...ios, attested: "7" }), madeVersion("9", { ...ios, attested: null })];
    const withdrawn = [madeRelease("7", { platform: "ios", status: "withdrawn" })];
    expect(told({ fleet, after: { releases: withdrawn } })).toEqual(["8 release_withdrawn"]);
  });

  it("does not lock out an Android app that was updated since it enrolled: it enrols again as what it is", () => {
    const fleet = [madeVersion("8", { attested: "7" })];
    expect(told({ fleet, after: { releases: [madeRelease("7", { status: "withdrawn" })] } })).toEqual([]);
    expect(told({ fleet, after: { releases: [madeRelease("8", { status: "withdrawn" })] } })).toEqual([
      "8 release_withdrawn",
    ]);
  });

  it("locks out what is not listed, or not named, where listed releases alone count", () => {
    const ios = { platform: "ios", identity: "TEAM.org.example.app" } as const;
    const releases = [madeRelease("7"), madeRelease("9", { platform: "ios" })];
    const fleet = [...both, madeVersion("9", ios), madeVersion("9", { ...ios, attested: null, version: "2.0" })];
    const simulation = run({ fleet, before: { releases }, after: { apps: [{ ...app, releases: "listed" }] } });
    expect(simulation.lockedOut.map(({ version, build, reason }) => [version, build, reason])).toEqual([
      ["1.0", "8", "release_unregistered"],
      ["2.0", "9", "release_unregistered"],
    ]);
  });

  it("locks out a release from its end on, and says so only where it ends sooner than before", () => {
    const until = (expiresAtMs: number | null) => ({ releases: [madeRelease("7", { expiresAtMs })] });
    const { lockedOut } = run({ after: until(nowMs + day) });
    expect(lockedOut).toMatchObject([{ build: "7", reason: "release_expired", fromMs: nowMs + day }]);
    expect(run({ after: until(nowMs) }).lockedOut).toMatchObject([{ reason: "release_expired", fromMs: nowMs }]);
    expect(told({ before: until(nowMs + day), after: until(nowMs + day - 1) })).toEqual(["7 release_expired"]);
    expect(told({ before: until(nowMs + day), after: until(nowMs + day + 1) })).toEqual([]);
    expect(told({ before: until(nowMs - day), after: until(nowMs - 2 * day) })).toEqual([]);
  });

  it("names what fails now beside what will end", () => {
    const releases = [madeRelease("7", { expiresAtMs: nowMs + day })];
    const chains = new Map([["a", madeChain({ pins: false })]]);
    const after = { releases, apis: [{ ...api, channel: "pins" as const }], chains };
    expect(told({ fleet: [madeVersion("7")], before: { apis: [api] }, after })).toEqual([
      "7 pin_absent a",
      "7 release_expired",
    ]);
  });

  it("locks out versions in which a demanded detector did not run", () => {
    const world = madeWorld();
    const settings = { ...world.project.settings, requiredDetectors: ["tamper"] };
    const fleet = [...both, madeVersion("9", { detectors: ["hook", "tamper"] })];
    expect(told({ fleet, after: { project: { ...world.project, settings } } })).toEqual([
      "7 detector_missing",
      "8 detector_missing",
    ]);
  });

  it("locks out agents that read no manifest of this size", () => {
    expect(told({ after: { apis: [api] }, less: { manifestBytes: 300 } })).toEqual(["7 manifest_too_large"]);
  });

  it.each([
    ["APIs", { apis: 1 }],
    ["pins", { pins: 1 }],
    ["secrets", { secrets: 0 }],
    ["places", { places: 0 }],
  ])("locks out agents that read no manifest of so many %s", (_, less) => {
    const apis = [{ ...madeApi("a"), pins: ["one", "two"] }, madeApi("b")];
    const after = { apis, secrets: secretAt({}) };
    expect(told({ before: { apis: [madeApi("a")] }, after, less })).toEqual(["7 manifest_unreadable"]);
  });

  it.each(["pins", "roots", "both"] as const)("locks out agents that do not know the channel %s", (channel) => {
    const channels = (["pins", "roots", "both", "system"] as const).filter((known) => known !== channel);
    const after = { apis: [{ ...api, channel }], chains: new Map([["a", madeChain({})]]) };
    expect(told({ before: { apis: [api] }, after, less: { channels } })).toEqual(["7 channel_unknown a"]);
  });

  const withToken = (more: Parameters<typeof madeToken>[0]) => [{ ...api, token: madeToken(more) }];
  const tokens = { apis: withToken({}) };

  it("locks out agents that do not know a proof", () => {
    const after = { apis: withToken({ proof: "dpop" }) };
    expect(told({ before: tokens, after, less: { proofs: ["httpsig"] } })).toEqual(["7 proof_unknown a"]);
  });

  it("locks out agents that join bound values otherwise, and those that refuse the word", () => {
    const after = (bind: readonly string[]) => ({ apis: withToken({ profile: "approov", bind }) });
    const told2 = (bind: readonly string[], bindings: SdkKnowledge["bindings"]) =>
      told({ before: tokens, after: after(bind), less: { bindings } });
    expect(told2(["A", "B"], [])).toEqual(["7 binding_unknown a"]);
    expect(told2(["A"], [])).toEqual([]);
    expect(told2([], [])).toEqual([]);
    expect(told2([], ["lines"])).toEqual(["7 binding_unknown a"]);
  });

  it("locks out agents that do not know that a token counts once", () => {
    const after = { apis: withToken({ limitedUse: true }) };
    expect(told({ before: tokens, after, less: { limitedUse: false } })).toEqual(["7 limited_use_unknown a"]);
  });

  it("locks out browsers where a host is held to pins or roots", () => {
    const fleet = [...both, madeVersion("9", { platform: "web", identity: "https://example.org" })];
    const after = { apis: [{ ...api, channel: "pins" as const }], chains: new Map([["a", madeChain({})]]) };
    expect(told({ fleet, before: { apis: [api] }, after })).toEqual(["9 channel_not_on_platform a"]);
  });

  it.each([
    ["pins", { pins: false }, "pin_absent"],
    ["roots", { roots: false }, "root_refused"],
    ["both", { pins: false }, "pin_absent"],
    ["both", { roots: false }, "root_refused"],
  ] as const)("locks out everybody where the live chain does not fit the channel %s", (channel, good, reason) => {
    const after = { apis: [{ ...api, channel }], chains: new Map([["a", madeChain(good)]]) };
    expect(told({ before: { apis: [api] }, after })).toEqual([`7 ${reason} a`, `8 ${reason} a`]);
    // A host that is not declared yet is called all the same.
    expect(told({ after })).toEqual([`7 ${reason} a`, `8 ${reason} a`]);
  });

  it.each([
    ["pins", { roots: false }],
    ["roots", { pins: false }],
    ["system", { pins: false, roots: false }],
  ] as const)("locks nobody out by what the channel %s does not look at", (channel, good) => {
    const after = { apis: [{ ...api, channel }], chains: new Map([["a", madeChain(good)]]) };
    expect(told({ before: { apis: [api] }, after })).toEqual([]);
  });

  it("takes away what a host had: its token, a secret, and nothing where it had neither", () => {
    expect(told({ before: tokens, after: { apis: [] } })).toEqual(["7 api_removed a", "8 api_removed a"]);
    expect(told({ before: tokens, after: { apis: withToken({}).map((each) => ({ ...each, port: 444 })) } })).toEqual([
      "7 api_removed a",
      "8 api_removed a",
    ]);
    const secrets = secretAt({});
    expect(told({ before: { apis: [api], secrets }, after: { apis: [], secrets: [] } })).toHaveLength(2);
    expect(told({ before: { apis: [api] }, after: { apis: [] } })).toEqual([]);
  });

  it.each([
    ["place's name", { name: "other" }],
    ["kind", { in: "header" }],
    ["prefix", { prefix: "Key " }],
    ["path", { path: "/v2" }],
    ["methods", { methods: ["POST"] }],
  ] as const)("takes a secret away from code that has its placeholder, by another %s", (_, place) => {
    const before = { apis: [api], secrets: secretAt({}) };
    expect(told({ before, after: { secrets: secretAt(place) } })).toEqual(["7 place_removed a", "8 place_removed a"]);
  });

  it("takes nothing away by more methods, a shorter path, a header's other case, a further place or another app", () => {
    const before = { apis: [api], secrets: secretAt({ path: "/v1", methods: ["GET", "PUT"] }) };
    const wide = [
      { name: "key", apps: null, places: [madePlace("a", { methods: ["GET"] }), madePlace("a", { methods: ["PUT"] })] },
    ];
    expect(told({ before, after: { secrets: wide } })).toEqual([]);
    const header = { apis: [api], secrets: secretAt({ in: "header", name: "X-Key" }) };
    expect(told({ before: header, after: { secrets: secretAt({ in: "header", name: "x-key" }) } })).toEqual([]);
    const others = [...header.secrets, { name: "new", apps: ["another"], places: [madePlace("a")] }];
    expect(told({ before: header, after: { secrets: others } })).toEqual([]);
    expect(
      told({ before: header, after: { secrets: header.secrets.map((each) => ({ ...each, apps: ["another"] })) } }),
    ).toEqual(["7 place_removed a", "8 place_removed a"]);
  });

  it("leaves the placeholder in agents that do not know how a place is filled", () => {
    const before = { apis: [api], secrets: secretAt({}) };
    const after = { secrets: secretAt({ when: "always" }) };
    expect(told({ before, after, less: { placesWhen: ["placeholder"] } })).toEqual(["7 place_unknown a"]);
    expect(told({ before: { ...before, secrets: after.secrets }, after: { secrets: before.secrets } })).toEqual([
      "7 place_removed a",
      "8 place_removed a",
    ]);
  });

  it("does not name what is locked out already, for whatever reason", () => {
    const withdrawn = [madeRelease("7", { status: "withdrawn" }), madeRelease("8", { status: "withdrawn" })];
    expect(told({ before: { releases: withdrawn }, after: { apps: [] } })).toEqual([]);
    const pinned = {
      apis: [{ ...api, channel: "pins" as const }],
      chains: new Map([["a", madeChain({ pins: false })]]),
    };
    const rooted = {
      apis: [{ ...api, channel: "roots" as const }],
      chains: new Map([["a", madeChain({ roots: false })]]),
    };
    expect(told({ before: pinned, after: rooted })).toEqual([]);
    expect(told({ before: pinned, after: { apis: [] } })).toEqual([]);
    const unreadable = { before: { apis: [api] }, after: { apis: [...pinned.apis], chains: pinned.chains } };
    expect(told({ ...unreadable, less: { apis: 0 } })).toEqual(["8 pin_absent a"]);
  });

  it("sums up the instances of a version over all its kinds, and sorts", () => {
    const fleet = [madeVersion("7", { detectors: [] }), madeVersion("7", { lastSeenMs: nowMs + 5 }), madeVersion("6")];
    expect(run({ fleet, after: { apps: [] } })).toMatchObject({
      versions: 2,
      lockedOut: [
        { build: "6", instances: 1, lastSeenMs: nowMs, fromMs: nowMs },
        {
          build: "7",
          instances: 1,
          lastSeenMs: nowMs + 5,
          platform: "android",
          version: "1.0",
          sdk: "countersign-js/0.1.0",
        },
      ],
    });
  });
});

describe("what cannot be told", () => {
  it("is a chain that was not read, and a host that no device trusts as it is", () => {
    const apis = [
      madeApi("a", { channel: "pins" }),
      madeApi("b", { channel: "pins" }),
      madeApi("c", { channel: "pins" }),
    ];
    const chains = new Map([
      ["c", madeChain({})],
      ["b", madeChain({ reach: false, pins: false })],
      ["a", { ok: false, problem: "unreachable" } as const],
    ]);
    expect(run({ after: { apis, chains } })).toEqual({
      lockedOut: [],
      notJudged: [
        { what: "chain", name: "a" },
        { what: "host", name: "b" },
      ],
      versions: 2,
    });
  });

  it("is an agent of which no row speaks; what locks out the newest locks it out too", () => {
    const fleet = ["virtual-device/1", "countersign-js/0.0.1", "countersign-js", "other/2.0.0"].map((sdk, at) =>
      madeVersion(String(at), { sdk }),
    );
    const { lockedOut, notJudged } = run({
      fleet,
      after: { apis: [{ ...api, channel: "pins" }], chains: new Map([["a", madeChain({ pins: false })]]) },
      less: { channels: [] },
    });
    expect(notJudged.map(({ what, name }) => `${what} ${name}`)).toEqual(
      fleet.map(({ sdk }) => `sdk ${sdk}`).toSorted(),
    );
    expect(lockedOut.map(({ reason }) => reason)).toEqual(fleet.map(() => "pin_absent"));
  });

  it.each([
    ["requireStrongBox", true],
    ["maxPatchAgeMonths", 3],
    ["maxCertificatesIssued", 3],
    ["requiredCategories", [4]],
    ["maxRiskMetric", 9],
    ["play", "require"],
    ["playLabels", ["strong"]],
    ["bootKeys", []],
    ["permissions", []],
  ])("is the setting %s", (name, value) => {
    const { project } = madeWorld();
    const settings = { ...project.settings, [name]: value };
    const { lockedOut, notJudged } = run({ after: { project: { ...project, settings } } });
    expect([lockedOut, notJudged]).toEqual([[], [{ what: "setting", name }]]);
  });
});

describe("the table of agents", () => {
  it("has rows of one name from the oldest on, and each knows what the one before did", () => {
    for (const [index, { name, from, knowledge }] of sdkReleases.entries()) {
      const before = sdkReleases[index - 1];
      if (before?.name !== name) continue;
      expect(from > before.from).toBe(true);
      expect(knowledge.channels).toEqual(expect.arrayContaining([...before.knowledge.channels]));
      expect(knowledge.placesIn).toEqual(expect.arrayContaining([...before.knowledge.placesIn]));
      expect(knowledge.manifestBytes).toBeGreaterThanOrEqual(before.knowledge.manifestBytes);
    }
  });
});

describe("the reasons", () => {
  it("each say in a sentence what they mean", () => {
    for (const text of Object.values(lockoutReasons)) expect(text).toMatch(/^[A-Z].*\.$/);
  });
});
