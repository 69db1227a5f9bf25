import { limits, type Place } from "@countersign/protocol";
import { sampleApi, sampleApp, sampleProject, sampleVersion } from "../../store/record-samples.suite.ts";
import type { ApiToken, ChainAnswer, FleetVersion, ProtectedApi, Release } from "../ports/index.ts";
import { defaultApiToken } from "../project/default-api-token.ts";
import type { SdkKnowledge, SdkRelease } from "./sdk-knowledge.ts";
import type { World } from "./world.ts";

/** A made project with one app, and versions of it, for tests of the simulator. */
export const project = "AAECAwQFBgcICQoLDA0ODw";
export const nowMs = Date.UTC(2026, 10, 22, 12);

export const androidIdentity = "org.example.app 00ff";

export function madeVersion(build: string, more: Partial<FleetVersion> = {}): FleetVersion {
  return { ...sampleVersion(project, build), identity: androidIdentity, attested: build, lastSeenMs: nowMs, ...more };
}

export function madeApi(id: string, more: Partial<ProtectedApi> = {}): ProtectedApi {
  const plain = { channel: "system", pins: [], roots: [], token: null } as const;
  return { ...sampleApi(project, id), host: `${id}.example.org`, port: 443, ...plain, ...more };
}

export function madeToken(more: Partial<ApiToken> = {}): ApiToken {
  return { ...defaultApiToken, header: "X-Token", ...more };
}

export function madePlace(api: string, more: Partial<Place> = {}): Place {
  return { api, methods: ["GET"], path: "/", in: "query", name: "key", when: "placeholder", ...more };
}

export function madeRelease(version: string, more: Partial<Release> = {}): Release {
  const shared = { project, app: "astropiks", platform: "android", createdAtMs: 0 } as const;
  return { ...shared, version, status: "active", expiresAtMs: null, ...more };
}

/** A live chain: what of it is good. */
export function madeChain(good: {
  readonly pins?: boolean;
  readonly roots?: boolean;
  readonly reach?: boolean;
}): ChainAnswer {
  const { pins = true, roots = true, reach = true } = good;
  return {
    ok: true,
    chain: {
      certificates: [],
      topPem: "",
      topIsRoot: false,
      named: true,
      store: reach,
      roots,
      pins: pins ? ["pin"] : [],
    },
  };
}

export function madeWorld(more: Partial<World> = {}): World {
  const { settings, ...rest } = sampleProject(project);
  return {
    project: { ...rest, id: project, settings: { ...settings, requiredDetectors: [] } },
    apps: [
      {
        ...sampleApp(project, "astropiks"),
        ios: { appIds: ["TEAM.org.example.app"] },
        android: { packageName: "org.example.app", signingDigests: ["00ff"] },
        web: { origins: ["https://example.org"] },
        releases: "any",
      },
    ],
    releases: [],
    apis: [],
    secrets: [],
    chains: new Map(),
    ...more,
  };
}

const all: SdkKnowledge = {
  channels: ["pins", "roots", "both", "system"],
  proofs: ["dpop", "httpsig"],
  bindings: ["lines", "concatenated"],
  limitedUse: true,
  placesIn: ["header", "query", "segment", "form", "json", "basic"],
  placesWhen: ["placeholder", "always"],
  manifestBytes: limits.manifestBytes,
  apis: limits.apis,
  pins: limits.pinsMax,
  roots: limits.roots,
  secrets: limits.secrets,
  places: limits.places,
};

/** Made agents: 1.0.0 knows everything, 0.1.0 does not know this. */
export function lacking(less: Partial<SdkKnowledge>): readonly SdkRelease[] {
  return [
    { name: "countersign-js", from: "0.1.0", knowledge: { ...all, ...less } },
    { name: "countersign-js", from: "1.0.0", knowledge: all },
  ];
}
