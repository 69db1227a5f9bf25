import fc from "fast-check";
import { expect, it } from "vitest";
import type { ChainAnswer, FleetVersion, ProtectedApi, Release } from "../ports/index.ts";
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
import { simulate } from "./simulate.ts";
import type { World } from "./world.ts";

/*
 * A small world in yes and no, and an oracle that asks of each installed version: does it work before, does it work after? It is written from the guide and
 * the protocol, and shares no line with the simulator: `madeFleet` and `toWorld` translate, nothing else knows both.
 */

const day = 86_400_000;
const builds = ["1", "2", "3"] as const;
const hosts = ["a", "b"] as const;
type Build = (typeof builds)[number];
type Host = (typeof hosts)[number];

interface Phone {
  readonly kind: "android" | "ios" | "web" | "development";
  readonly build: Build;
  /** What evidence names: on Android perhaps an older build; on iPhones nothing before iOS 27. */
  readonly named: Build | "nothing";
  readonly signer: "old" | "new";
  readonly agent: "old" | "new";
  readonly tamper: boolean;
}

interface Api {
  readonly channel: "pins" | "roots" | "both" | "system";
  readonly token: "none" | "plain" | "bound" | "bound to two" | "once" | "dpop";
  readonly secret: "none" | "here" | "elsewhere" | "always";
}

interface Small {
  readonly app: boolean;
  readonly android: boolean;
  readonly ios: boolean;
  readonly web: boolean;
  readonly signers: readonly ("old" | "new")[];
  readonly listed: boolean;
  /** Days from now until a release ends; below zero it has. */
  readonly releases: Readonly<Partial<Record<Build, "active" | "withdrawn" | number>>>;
  readonly tamper: boolean;
  readonly apis: Readonly<Partial<Record<Host, Api>>>;
  /** Of each host, declared or not: the same before and after, because a change changes what is declared. */
  readonly live: Readonly<Record<Host, { readonly pins: boolean; readonly roots: boolean; readonly reach: boolean }>>;
}

const phone: fc.Arbitrary<Phone> = fc.record({
  kind: fc.constantFrom("android", "ios", "web", "development"),
  build: fc.constantFrom(...builds),
  named: fc.constantFrom(...builds, "nothing"),
  signer: fc.constantFrom("old", "new"),
  agent: fc.constantFrom("old", "new"),
  tamper: fc.boolean(),
});
const live = fc.record({ pins: fc.boolean(), roots: fc.boolean(), reach: fc.boolean() });
const api: fc.Arbitrary<Api> = fc.record({
  channel: fc.constantFrom("pins", "roots", "both", "system"),
  token: fc.constantFrom("none", "plain", "bound", "bound to two", "once", "dpop"),
  secret: fc.constantFrom("none", "here", "elsewhere", "always"),
});
const often = fc.boolean().chain((one) => fc.boolean().map((other) => one || other));
const small: fc.Arbitrary<Omit<Small, "apis" | "live">> = fc.record({
  app: often,
  android: often,
  ios: often,
  web: often,
  signers: fc.constantFrom<readonly ("old" | "new")[]>(["old", "new"], ["new"], ["old"]),
  listed: fc.boolean(),
  releases: fc.dictionary(
    fc.constantFrom(...builds),
    fc.constantFrom<"active" | "withdrawn" | number>("active", "withdrawn", -1, 1, 2),
  ),
  tamper: fc.boolean(),
});
const maybe = fc.option(api, { nil: undefined });
const change = fc.record({ a: live, b: live }).chain((chains) => {
  const whole = fc
    .tuple(small, maybe, maybe)
    .map(([rest, a, b]): Small => ({ ...rest, apis: { ...(a && { a }), ...(b && { b }) }, live: chains }));
  // Most changes change one thing: otherwise nearly every version is refused as a whole.
  return fc
    .tuple(whole, whole, fc.boolean())
    .map(([before, after, one]) => [before, one ? { ...before, apis: after.apis } : after] as const);
});

// ---- the oracle

function isCurrent(build: Build, { releases, listed }: Small, inDays: number): boolean {
  const release = releases[build];
  if (release === undefined) return !listed;
  if (release === "withdrawn") return false;
  return release === "active" || release > inDays;
}

function isLetIn(phone: Phone, world: Small, inDays: number): boolean {
  const { kind, build, named, signer, tamper } = phone;
  if (!world.app || (world.tamper && !tamper)) return false;
  if (kind === "web") return world.web;
  const isAndroid = kind === "android" || kind === "development";
  if (isAndroid ? !world.android : !world.ios) return false;
  if (kind === "android" && !world.signers.includes(signer)) return false;
  if (!isCurrent(build, world, inDays)) return false;
  if (kind !== "ios") return true;
  return named === "nothing" ? !world.listed : isCurrent(named, world, inDays);
}

/** The day from which on it is not let in; null: it stays. */
function endOf(phone: Phone, world: Small): number | null {
  return [0, 1, 2].find((inDays) => !isLetIn(phone, world, inDays)) ?? null;
}

/** Whether a call of installed code gets through, with whatever `before` had it rely on. */
function getsThrough(phone: Phone, host: Host, world: Small, before: Small): boolean {
  const [is, was] = [world.apis[host], before.apis[host]];
  const chain = world.live[host];
  if (!chain.reach) return false;
  if (is !== undefined) {
    if (phone.kind === "web" && is.channel !== "system") return false;
    if (phone.agent === "old" && (is.channel === "roots" || is.channel === "both")) return false;
    if (phone.agent === "old" && (is.token === "dpop" || is.token === "once" || is.token === "bound to two"))
      return false;
    if ((is.channel === "pins" || is.channel === "both") && !chain.pins) return false;
    if ((is.channel === "roots" || is.channel === "both") && !chain.roots) return false;
  }
  if (was === undefined || world === before) return true;
  if (is === undefined) return was.token === "none" && !fills(phone, was);
  if (!fills(phone, was)) return true;
  if (!fills(phone, is)) return false;
  // A place that always fills did so for code without a placeholder too.
  return was.secret === "elsewhere"
    ? is.secret === "elsewhere"
    : is.secret === was.secret || (was.secret === "here" && is.secret === "always");
}

const fills = ({ agent }: Phone, { secret }: Api): boolean =>
  secret !== "none" && !(secret === "always" && agent === "old");

function expected(phones: readonly Phone[], before: Small, after: Small): readonly string[] {
  const lines = phones.flatMap((phone, at) => {
    const [was, is] = [endOf(phone, before), endOf(phone, after)];
    if (was === 0) return [];
    const whole = is !== null && (was === null || is < was) ? [`${at} - ${is}`] : [];
    if (is === 0) return whole;
    const calls = hosts.filter(
      (host) => getsThrough(phone, host, before, before) && !getsThrough(phone, host, after, before),
    );
    return [...whole, ...calls.map((host) => `${at} ${host} 0`)];
  });
  return lines.toSorted();
}

// ---- the translation

function madeFleet(phones: readonly Phone[]): readonly FleetVersion[] {
  return phones.map(({ kind, build, named, signer, agent, tamper }, at) => {
    const isAndroid = kind === "android" || kind === "development";
    const identity = {
      android: `org.example.app ${signer === "old" ? "00ff" : "01ff"}`,
      ios: "TEAM.org.example.app",
      web: "https://example.org",
      development: null,
    }[kind];
    const attested =
      kind === "development"
        ? build
        : kind === "web" || (kind === "ios" && named === "nothing")
          ? null
          : named === "nothing"
            ? build
            : named;
    return madeVersion(build, {
      version: String(at),
      platform: isAndroid ? "android" : kind,
      identity,
      attested,
      sdk: agent === "old" ? "countersign-js/0.1.0" : "countersign-js/1.0.0",
      detectors: tamper ? ["hook", "tamper"] : ["hook"],
    });
  });
}

function toWorld(small: Small): World {
  const plain = madeWorld();
  const [app] = plain.apps;
  if (app === undefined) throw new TypeError("a made world has an app");
  const digests = { old: "00ff", new: "01ff" } as const;
  const releases = Object.entries(small.releases).flatMap(([version, state]): Release[] =>
    (["android", "ios"] as const).map((platform) =>
      madeRelease(version, {
        platform,
        status: state === "withdrawn" ? "withdrawn" : "active",
        expiresAtMs: typeof state === "number" ? nowMs + state * day : null,
      }),
    ),
  );
  const declared = hosts.flatMap((host) => (small.apis[host] === undefined ? [] : [[host, small.apis[host]] as const]));
  const secrets = declared.flatMap(([host, { secret }]) => {
    if (secret === "none") return [];
    const place = madePlace(host, {
      name: secret === "elsewhere" ? "elsewhere" : "key",
      when: secret === "always" ? "always" : "placeholder",
    });
    return [{ name: `secret-${host}`, apps: null, places: [place] }];
  });
  return madeWorld({
    project: {
      ...plain.project,
      settings: { ...plain.project.settings, requiredDetectors: small.tamper ? ["tamper"] : [] },
    },
    apps: small.app
      ? [
          {
            ...app,
            android: small.android
              ? { packageName: "org.example.app", signingDigests: small.signers.map((each) => digests[each]) }
              : null,
            ios: small.ios ? app.ios : null,
            web: small.web ? app.web : null,
            releases: small.listed ? "listed" : "any",
          },
        ]
      : [],
    releases,
    apis: declared.map(([host, { channel, token }]) => toApi(host, channel, token)),
    secrets,
    chains: new Map(declared.map(([host]): [string, ChainAnswer] => [host, madeChain(small.live[host])])),
  });
}

function toApi(host: Host, channel: Api["channel"], token: Api["token"]): ProtectedApi {
  const bind = { "bound to two": ["A", "B"], bound: ["A"] }[token as string] ?? [];
  const made = madeToken({
    bind,
    profile: bind.length > 0 ? "approov" : "countersign",
    limitedUse: token === "once",
    proof: token === "dpop" ? "dpop" : "none",
  });
  return madeApi(host, { channel, token: token === "none" ? null : made });
}

const sdks = lacking({
  channels: ["pins", "system"],
  proofs: ["httpsig"],
  bindings: [],
  limitedUse: false,
  placesWhen: ["placeholder"],
});

it("names of a made fleet exactly the versions that work before a change and not after", () => {
  let locked = 0;
  fc.assert(
    fc.property(fc.array(phone, { minLength: 1, maxLength: 8 }), change, (phones, [was, is]) => {
      const [before, after] = [toWorld(was), toWorld(is)];
      const { lockedOut } = simulate({ fleet: madeFleet(phones), before, after, sdks, nowMs });
      const named = lockedOut.map(
        ({ version, api: host, fromMs }) => `${version} ${host ?? "-"} ${(fromMs - nowMs) / day}`,
      );
      locked += named.length;
      expect(named.toSorted()).toEqual(expected(phones, was, is));
    }),
    { numRuns: 3000 },
  );
  expect(locked).toBeGreaterThan(1000);
});
