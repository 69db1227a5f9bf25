/** What commands read of the admin API's answers (docs/admin-api.md has them whole). */
export interface ProjectAnswer {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly createdAtMs: number;
  readonly configuration: string;
  readonly settings: Readonly<Record<string, unknown>> & { readonly anchors: readonly string[] };
  readonly manifest: { readonly epoch: number; readonly version: number };
  readonly keyList: { readonly version: number; readonly byRecovery: boolean };
}

export interface AppAnswer {
  readonly id: string;
  readonly createdAtMs: number;
  readonly ios: { readonly appIds: readonly string[] } | null;
  readonly android: { readonly packageName: string; readonly signingDigests: readonly string[] } | null;
  readonly web: { readonly origins: readonly string[] } | null;
  readonly releases: string;
}

export interface ReleaseAnswer {
  readonly platform: string;
  readonly version: string;
  readonly status: string;
  readonly expiresAtMs: number | null;
  readonly createdAtMs: number;
}

export interface ApiAnswer {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly channel: "pins" | "roots" | "both" | "system";
  readonly pins: readonly string[];
  readonly roots: readonly string[];
  readonly token: {
    readonly header: string;
    readonly prefix: string;
    readonly bind: readonly string[];
    readonly profile: string;
    readonly alg: string;
    readonly proof: string;
    readonly limitedUse: boolean;
    readonly customClaims: boolean;
  } | null;
  readonly tokenSeconds: number;
  readonly whenUnavailable: string;
  readonly links: {
    readonly to: readonly { readonly api: string; readonly path: string }[];
    readonly seconds: number;
  } | null;
  readonly chain: {
    readonly checkedAtMs: number;
    readonly changedAtMs: number | null;
    readonly certificates: readonly {
      readonly subject: string;
      readonly issuer: string;
      readonly notAfterMs: number;
    }[];
    readonly findings: readonly { readonly problem: string; readonly certificate: string | null }[];
  } | null;
}

export interface KeyAnswer {
  readonly kid: string;
  readonly purpose: string;
  readonly api: string | null;
  readonly alg: string;
  readonly state: string;
  readonly createdAtMs: number;
  readonly activeFromMs: number | null;
  readonly retiresAtMs: number | null;
}

export interface PlaceAnswer {
  readonly api: string;
  readonly methods: readonly string[];
  readonly path: string;
  readonly in: string;
  readonly name: string;
  readonly prefix?: string;
  readonly when: string;
}

export interface SecretAnswer {
  readonly name: string;
  readonly version: number;
  readonly mode: string;
  readonly placeholder: string;
  readonly places: readonly PlaceAnswer[];
  readonly apps: readonly string[] | null;
  readonly updatedAtMs: number;
  readonly hasCanary: boolean;
  readonly terms: {
    readonly processor: { readonly kind: string } | null;
    readonly budgets: readonly {
      readonly of: string;
      readonly limit: number;
      readonly perCall: number;
      readonly windowSeconds: number;
    }[];
  } | null;
  readonly recipe: { readonly kind: string; readonly perInstance: boolean } | null;
}

export interface MintTestAnswer {
  readonly ok: boolean;
  readonly kind: string;
  readonly lifetimeSeconds?: number;
  readonly fingerprint?: string;
  readonly reason?: string;
}

export interface VendorAnswer {
  readonly kind: string;
  readonly updatedAtMs: number;
}

export interface VerifierAnswer {
  readonly name: string;
  readonly api: string | null;
  readonly createdAtMs: number;
  readonly injections: readonly { readonly header: string; readonly prefix: string; readonly secret: string }[];
}

export interface BrokerAnswer {
  readonly name: string;
  readonly origin: string | null;
  readonly inUse: boolean;
  readonly createdAtMs: number;
}

export interface DevelopmentKeyAnswer {
  readonly id: string;
  readonly name: string;
  readonly quota: number;
  readonly perDay: number;
  readonly enrolled: number;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly revokedAtMs: number | null;
}

export interface TrafficAnswer {
  readonly api: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly requests: number;
  readonly counts: {
    readonly verified: number;
    readonly outdated: number;
    readonly unknownOrigin: number;
    readonly invalid: number;
    readonly reused: number;
  };
  readonly decoys: number;
  readonly refusable: number;
  readonly reasons: Readonly<Record<string, number>>;
}

export interface TokenAnswer {
  readonly valid: boolean;
  readonly reason: string | null;
  readonly api: string | null;
  readonly profile: string | null;
  readonly key: { readonly kid: string; readonly alg: string; readonly state: string } | null;
  readonly claims: Readonly<Record<string, unknown>> | null;
  readonly checks: readonly {
    readonly name: string;
    readonly result: "pass" | "fail" | "not_evaluated";
    readonly reason: string;
    readonly expected: string | null;
    readonly found: string | null;
  }[];
}

export interface MintedAnswer {
  readonly token: string;
  readonly header: string;
  readonly prefix: string;
  readonly kid: string;
  readonly expiresAtMs: number;
}

export interface ConsumedAnswer {
  readonly ok: boolean;
  readonly alreadyConsumed: boolean | null;
  readonly reason: string | null;
  readonly claims: Readonly<Record<string, unknown>> | null;
}

export interface TraceAnswer {
  readonly arc: string;
  readonly atMs: number;
  readonly use: string;
  readonly verdict: string;
  readonly reasons: readonly { readonly reason: string; readonly meaning: string; readonly action: string }[];
  readonly checks: readonly {
    readonly name: string;
    readonly result: "pass" | "fail" | "not_evaluated";
    readonly reason: string;
    readonly expected: string | null;
    readonly found: string | null;
  }[];
  readonly app: string;
  readonly platform: string;
  readonly instance: string;
  readonly signals: readonly string[];
  readonly decoy: boolean;
}

export interface EarAnswer {
  readonly ear: Readonly<Record<string, unknown>>;
}

export interface BanAnswer {
  readonly kind: string;
  readonly by: string;
  readonly reason: string;
  readonly createdAtMs: number;
  readonly untilMs: number | null;
}

export interface InstanceAnswer {
  readonly instance: string;
  readonly app: string;
  readonly platform: string;
  readonly facts: object;
  readonly developmentKey: string | null;
  readonly evidenceAtMs: number;
  readonly createdAtMs: number;
  readonly lastSeenAtMs: number;
  readonly bans: readonly BanAnswer[];
}

export interface RootAnswer {
  readonly configuration: string;
  readonly rootPoint: string;
  readonly recoveryPoint: string;
  readonly keyList: string;
  readonly keyListVersion: number;
  readonly keyListByRecovery: boolean;
  readonly heldKeys: readonly string[];
}

export interface OauthClientAnswer {
  readonly clientId: string;
  readonly apps: readonly string[] | null;
}

export interface StatusAnswer {
  readonly version: string;
  readonly nowMs: number;
  readonly administrator: { readonly id: string; readonly name: string };
  readonly productionOnly: boolean;
  readonly projects: readonly { readonly id: string; readonly name: string; readonly kind: string }[];
  readonly revocation: {
    readonly source: string;
    readonly state: string;
    readonly freshUntilMs: number | null;
    readonly refusesFromMs: number | null;
    readonly lastFailure: string | null;
  };
  readonly openAlarms: number;
  readonly warnings: readonly string[];
}

export interface DecoyAnswer {
  readonly name: string;
  readonly note: string;
  readonly length: number;
  readonly createdAtMs: number;
}

export interface AlarmAnswer {
  readonly id: string;
  readonly kind: string;
  readonly decoy: string | null;
  readonly where: string;
  readonly who: Readonly<Record<string, string | true>>;
  readonly count: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly acknowledgedAtMs: number | null;
}

export interface AlarmHookAnswer {
  readonly name: string;
  readonly decoy: string | null;
  readonly createdAtMs: number;
}

export interface AdministratorsAnswer {
  readonly administrators: readonly { readonly id: string; readonly name: string; readonly createdAtMs: number }[];
}

export interface AuditAnswer {
  readonly records: readonly {
    readonly atMs: number;
    readonly actor: string;
    readonly actorName: string | null;
    readonly action: string;
    readonly target: string;
  }[];
}
