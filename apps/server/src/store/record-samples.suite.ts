import { withInstance } from "../domain/fleet/instance-sketch.ts";
import type {
  Alarm,
  AlarmHook,
  App,
  BrokerCredential,
  DecoySecret,
  DevelopmentKey,
  FleetVersion,
  Instance,
  KeptReceipt,
  Project,
  ProjectSeed,
  ProtectedApi,
  Secret,
  SigningKey,
  StoredTokenKey,
  Trace,
  Verifier,
  WatchedChain,
} from "../domain/ports/index.ts";
import { defaultApiToken } from "../domain/project/default-api-token.ts";

/** One record of each kind with every member set, for tests of the store. */
export function sampleProject(id: string): Project {
  return {
    id,
    name: `Project ${id}`,
    kind: "development",
    createdAtMs: 1_700_000_000_000,
    rootPoint: `root-point-${id}`,
    recoveryPoint: `recovery-point-${id}`,
    keyList: `{"signed":"${id}"}`,
    keyListVersion: 3,
    keyListByRecovery: false,
    manifestEpoch: 1,
    manifestVersion: 7,
    settings: {
      reasons: true,
      permissions: ["simulator"],
      anchors: ["-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"],
      sessionSeconds: 300,
      refreshSeconds: 150,
      continuingSeconds: 3600,
      evidenceMaxAgeDays: 90,
      quarantineSeconds: 86_400,
      bootKeys: ["00ff"],
      requiredDetectors: ["hook"],
      credentialsNotBeforeMs: 0,
      manifestStaleAfterSeconds: 604_800,
      watchSpreadSeconds: 0,
    },
  };
}

export function sampleSeed(project: string): ProjectSeed {
  return { project, generation: 1, seed: `sealed-seed-${project}`, createdAtMs: 1_700_000_000_001 };
}

export function sampleKey(project: string, kid: string): SigningKey {
  return {
    project,
    kid,
    use: "response",
    point: `point-${kid}`,
    privateKey: `sealed-${kid}`,
    createdAtMs: 1_700_000_000_002,
    retiredAtMs: null,
  };
}

export function sampleTokenKey(project: string, kid: string): StoredTokenKey {
  return {
    project,
    kid,
    purpose: "api",
    api: "nasa",
    alg: "EdDSA",
    publicJwk: { kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig", kid, x: "AA" },
    material: `sealed-${kid}`,
    createdAtMs: 1_700_000_000_002,
    activeFromMs: 5_000_000_000_000,
    retiresAtMs: 5_000_000_000_001,
  };
}

export function sampleApp(project: string, id: string): App {
  return {
    project,
    id,
    createdAtMs: 1_700_000_000_003,
    ios: { appIds: ["TEAM.dev.astropiks"] },
    android: { packageName: "dev.astropiks", signingDigests: ["aa".repeat(32), "bb".repeat(32)] },
    web: { origins: ["https://astropiks.example"] },
    releases: "listed",
  };
}

export function sampleApi(project: string, id: string): ProtectedApi {
  return {
    project,
    id,
    host: "api.nasa.gov",
    port: 443,
    channel: "both",
    pins: ["pin-1", "pin-2"],
    roots: ["pem"],
    token: { ...defaultApiToken, header: "Countersign-Token", bind: ["Authorization"] },
    tokenSeconds: 300,
    whenUnavailable: "fail",
    createdAtMs: 1_700_000_000_004,
    decoyAnswer: { status: 404, contentType: "text/plain", body: "no", delayMs: 20 },
    links: { to: [{ api: "pictures", path: "/image" }], seconds: 600 },
  };
}

export function sampleSecret(project: string, name: string): Secret {
  return {
    project,
    name,
    version: 1,
    mode: "delivered",
    value: `sealed-${name}`,
    places: [{ api: "nasa", methods: ["GET"], path: "/planetary", in: "query", name: "api_key", when: "placeholder" }],
    apps: ["astropiks"],
    updatedAtMs: 1_700_000_000_005,
    canary: `sealed-canary-${name}`,
    terms: {
      processor: {
        kind: "hmac",
        algorithm: "sha256",
        key: "utf8",
        encoding: "base64",
        message: "{method}{target}",
        headers: { "x-time": "{timestamp}" },
      },
      budgets: [{ of: "instance", limit: 100, perCall: 2, windowSeconds: 86_400 }],
    },
    recipe: {
      kind: "oauth-client-credentials",
      perInstance: true,
      lifetimeSeconds: 600,
      tokenUrl: "https://login.example/token",
      clientId: "photos",
      auth: "client_secret_basic",
      scope: "photos.read",
      audience: null,
      resource: null,
    },
  };
}

export function sampleInstance(project: string, instance: string, platform: Instance["platform"]): Instance {
  return {
    project,
    instance,
    app: "astropiks",
    platform,
    attestedKey: `attested-${instance}`,
    instanceKey: `key-${instance}`,
    subject: `subject-${instance}`,
    facts: factsOf(platform),
    factsVersion: 1,
    evidenceAtMs: 1_700_000_000_006,
    serials: ["0a1b", "ff00"],
    batch: "batch",
    counter: 4_294_967_295,
    createdAtMs: 1_700_000_000_007,
    lastSeenAtMs: 1_700_000_000_008,
  };
}

export function sampleReceipt(project: string, instance: string): KeptReceipt {
  return {
    project,
    instance,
    receipt: `sealed-receipt-${instance}`,
    riskMetric: 3,
    renewAfterMs: 1_700_000_000_010,
    updatedAtMs: 1_700_000_000_009,
  };
}

export function sampleTrace(project: string, arc: string, atMs: number): Trace {
  return {
    project,
    arc,
    atMs,
    use: "session",
    verdict: "refused",
    reasons: ["bootloader_unlocked"],
    checks: [{ name: "device locked", result: "fail", reason: "bootloader_unlocked", expected: "true", found: null }],
    app: "astropiks",
    platform: "android",
    instance: "instance",
    signals: ["hook"],
    decoy: true,
  };
}

export function sampleChain(project: string, api: string): WatchedChain {
  return {
    project,
    api,
    checkedAtMs: 1_700_000_000_012,
    changedAtMs: 1_700_000_000_011,
    certificates: [
      {
        subject: "api.nasa.gov",
        issuer: "A CA",
        notBeforeMs: 1_690_000_000_000,
        notAfterMs: 1_720_000_000_000,
        pin: "pin-1",
        sha256: "leaf",
      },
    ],
    findings: [{ problem: "ends_soon", certificate: "api.nasa.gov", endsAtMs: 1_720_000_000_000 }],
  };
}

export function sampleVerifier(project: string, name: string, api: string | null): Verifier {
  return {
    project,
    name,
    api,
    tokenHash: `hash-${project}-${name}`,
    createdAtMs: 1_700_000_000_011,
    injections: api === null ? [] : [{ header: "x-api-key", prefix: "Key ", secret: "nasa-key" }],
  };
}

export function sampleBroker(project: string, name: string, more: Partial<BrokerCredential> = {}): BrokerCredential {
  const [kid, createdAtMs] = [`kid-${project}-${name}`, 1_700_000_000_014];
  return { project, name, origin: null, inUse: false, kid, point: `point of ${kid}`, createdAtMs, ...more };
}

export function sampleVersion(project: string, build: string): FleetVersion {
  return {
    project,
    app: "astropiks",
    platform: "android",
    version: "1.0",
    build,
    sdk: "countersign-js/0.1.0",
    identity: "org.example.app 00ff",
    attested: "7",
    detectors: ["hook", "root"],
    firstSeenMs: 1_700_000_000_000,
    lastSeenMs: 1_700_000_000_013,
    sketch: withInstance({}, "AAECAwQFBgcICQoLDA0ODw", 1_700_000_000_013),
    manifest: { epoch: 1, version: 7 },
  };
}

export function sampleDevelopmentKey(project: string, name: string): DevelopmentKey {
  return {
    project,
    id: `id-${project}-${name}`,
    name,
    secret: "enveloped",
    quota: 2,
    perDay: 1,
    enrolled: 0,
    createdAtMs: 1_700_000_000_012,
    expiresAtMs: 1_707_000_000_000,
    revokedAtMs: null,
  };
}

function factsOf(platform: Instance["platform"]): Instance["facts"] {
  if (platform === "web") return { platform, origin: null };
  if (platform === "ios") {
    return {
      platform,
      appId: "TEAM.dev.astropiks",
      environment: "production",
      osVersion: "27.0",
      bundleVersion: null,
      validationCategory: 3,
    };
  }
  return {
    platform,
    packages: [{ name: "dev.astropiks", version: 12 }],
    signingDigests: ["aa".repeat(32)],
    securityLevel: "strongbox",
    provisioning: "remote",
    deviceLocked: true,
    verifiedBootState: "verified",
    verifiedBootKey: "00".repeat(32),
    osVersion: 160_000,
    osPatchLevel: null,
  };
}

export function sampleDecoySecret(project: string, name: string): DecoySecret {
  const digest = `sealed-digest-${project}-${name}`;
  return { project, name, note: "in the old repository", digest, length: 40, createdAtMs: 1_700_000_000_000 };
}

export function sampleAlarm(project: string, id: string): Alarm {
  return {
    project,
    id,
    kind: "decoy_secret_used",
    decoy: "old-key",
    where: "broker",
    who: { api: "shop", instance: "an-instance", network: "a-network" },
    count: 1,
    firstAtMs: 1_700_000_000_000,
    lastAtMs: 1_700_000_000_000,
    acknowledgedAtMs: null,
  };
}

export function sampleAlarmHook(project: string, name: string): AlarmHook {
  return { project, name, decoy: "old-key", tokenHash: `hash-${project}-${name}`, createdAtMs: 1_700_000_000_000 };
}
