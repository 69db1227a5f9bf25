import type { LinkTerms, SecretTerms } from "@countersign/broker";
import type { SecretMode } from "@countersign/policy";
import type { Check, Facts, Place, PlayLabel, Reason } from "@countersign/protocol";
import type { Jwk, TokenAlg, TokenProfile } from "@countersign/tokens";
import type { Recipe } from "./recipe.ts";

/** A project: one operator's apps, secrets and keys. Its kind is fixed at creation. */
export interface Project {
  /** b64u of 16 random bytes. */
  readonly id: string;
  readonly name: string;
  readonly kind: "production" | "development";
  readonly createdAtMs: number;
  /** b64u 65-byte points of the project root and the recovery root. The private halves are files, never rows. */
  readonly rootPoint: string;
  readonly recoveryPoint: string;
  /** Signed key list envelope, as it travels. */
  readonly keyList: string;
  readonly keyListVersion: number;
  readonly keyListByRecovery: boolean;
  readonly manifestEpoch: number;
  readonly manifestVersion: number;
  readonly settings: ProjectSettings;
}

export interface ProjectSettings {
  /** Whether refused answers carry their reasons. Default false. */
  readonly reasons: boolean;
  /** Named permissions of a development project beyond other anchors: see docs. Always empty in production. */
  readonly permissions: readonly string[];
  /** PEM test anchors; only a development project may hold any. */
  readonly anchors: readonly string[];
  readonly sessionSeconds: number;
  readonly refreshSeconds: number;
  readonly continuingSeconds: number;
  readonly evidenceMaxAgeDays: number;
  readonly quarantineSeconds: number;
  /** Verified boot keys (hex) of custom operating systems that are allowed. */
  readonly bootKeys: readonly string[];
  /** Detectors a statement must name. */
  readonly requiredDetectors: readonly string[];
  /** Credentials issued before are answered from the record. 0: none. */
  readonly credentialsNotBeforeMs: number;
  /** Whether an Android app whose build differs from the attested one must enrol again. Default false. */
  readonly reenrolOnUpdate?: boolean;
  /** Android: whether keys must be in a StrongBox. Default false. */
  readonly requireStrongBox?: boolean;
  /** Android: how many months old the patch level may be. Default 0: any. */
  readonly maxPatchAgeMonths?: number;
  /** Android: how many attestation certificates Google may have issued to a device within 30 days. Default 0: any number. */
  readonly maxCertificatesIssued?: number;
  /** Play Integrity on Android: not looked at, a finding only, or demanded. Default off. */
  readonly play?: "off" | "observe" | "require";
  /** Device labels that must all be there. Default `device`. */
  readonly playLabels?: readonly PlayLabel[];
  /** Validation categories (iOS 27) of which a statement must name one. Default none: nothing is demanded. */
  readonly requiredCategories?: readonly number[];
  /** The highest App Attest risk metric that is let pass. Default 0: nothing is demanded. */
  readonly maxRiskMetric?: number;
  readonly manifestStaleAfterSeconds: number;
  readonly watchSpreadSeconds: number;
  /** Whether refused instances get what looks like a session (protocol section 11). Default false. */
  readonly decoy?: boolean;
  /** OAuth clients that may be attested. Default none. */
  readonly oauthClients?: readonly OauthClient[];
}

/** A sealed value: what the vault made; useless without the key-encryption key. */
export type Enveloped = string;

export interface ProjectSeed {
  readonly project: string;
  readonly generation: number;
  readonly seed: Enveloped;
  readonly createdAtMs: number;
}

/** The service's challenge seed. */
export interface ServiceSeed {
  readonly generation: number;
  readonly seed: Enveloped;
  readonly createdAtMs: number;
}

export type SigningKeyUse = "response" | "manifest";

/** A key that signs answers or manifests of a project. */
export interface SigningKey {
  readonly project: string;
  readonly kid: string;
  readonly use: SigningKeyUse;
  /** b64u 65-byte point. */
  readonly point: string;
  /** PKCS#8 DER, enveloped. */
  readonly privateKey: Enveloped;
  readonly createdAtMs: number;
  readonly retiredAtMs: number | null;
}

/** A key that signs tokens (`api`) or client attestations (`attester`). How it stands follows from its times alone: see `tokenKeyState`. */
export interface StoredTokenKey {
  readonly project: string;
  readonly kid: string;
  readonly purpose: "api" | "attester";
  /** The API whose tokens it signs; null: those of every API that shares the project's keys. */
  readonly api: string | null;
  readonly alg: TokenAlg;
  /** Null for HS256, which has no public half. */
  readonly publicJwk: Jwk | null;
  /** PKCS#8 DER, or the secret's bytes; enveloped. */
  readonly material: Enveloped;
  readonly createdAtMs: number;
  /** Null: staged until an operator activates it. */
  readonly activeFromMs: number | null;
  /** From then on it is neither published nor accepted; null: not yet known. */
  readonly retiresAtMs: number | null;
}

/** Reference values of one app: which builds are it. */
export interface App {
  readonly project: string;
  /** `[a-z0-9-]{1,48}` */
  readonly id: string;
  readonly createdAtMs: number;
  readonly ios: { readonly appIds: readonly string[] } | null;
  readonly android: { readonly packageName: string; readonly signingDigests: readonly string[] } | null;
  readonly web: { readonly origins: readonly string[] } | null;
  /** `listed`: only current releases that are listed count. `any`: all but withdrawn and expired ones. */
  readonly releases: "any" | "listed";
}

/** One version of an app on one platform, and how it stands. */
export interface Release {
  readonly project: string;
  readonly app: string;
  readonly platform: "ios" | "android";
  /** iOS: the bundle version. Android: the versionCode in decimal. */
  readonly version: string;
  readonly status: "active" | "withdrawn";
  /** From then on it is refused; null: never. */
  readonly expiresAtMs: number | null;
  readonly createdAtMs: number;
}

/** How the tokens of an API look, what signs them and what they are bound to. */
export interface ApiToken {
  readonly header: string;
  readonly prefix: string;
  /** Headers whose values `pay` covers, in order. */
  readonly bind: readonly string[];
  readonly profile: TokenProfile;
  readonly alg: TokenAlg;
  /** Whose key set signs: the API's own, or the one all APIs of the project that say so share. */
  readonly keys: "api" | "project";
  /** What a caller must prove beside the token: nothing, or that it holds the instance key. */
  readonly proof: "none" | "dpop" | "httpsig";
  /** A token of this API counts once: each call gets its own, and the backend has the service consume it. */
  readonly limitedUse: boolean;
  /** Whether tokens carry the ARC. */
  readonly arc: boolean;
  /** Whether tokens carry, as `anno`, the names of findings that did not refuse. */
  readonly annotations: boolean;
  /** Whether an app may put claims of its own into the member `custom` of a token. */
  readonly customClaims: boolean;
  /** Further claims, the same in every token. */
  readonly claims: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  /** Tokens are encrypted to this public key (RFC 7516, a nested JWT); null: they are not. */
  readonly encryption: TokenEncryption | null;
  /** Profile `firebase-app-check` alone. */
  readonly firebase: FirebaseNames | null;
}

/** The recipient's public key as a JWK in JSON text, and how the content key is wrapped; the content encryption is A256GCM. */
export interface TokenEncryption {
  readonly alg: "RSA-OAEP-256" | "ECDH-ES+A256KW";
  readonly jwk: string;
}

/** What a backend of Firebase App Check expects in `aud` and `sub`. */
export interface FirebaseNames {
  readonly projectNumber: string;
  readonly projectId: string;
  /** Firebase app id (`1:…:ios:…`) by our app id; an app that is not named keeps its own id. */
  readonly appIds: Readonly<Record<string, string>>;
}

/** An OAuth client that instances of these apps may attest (Attestation-Based Client Authentication). */
export interface OauthClient {
  readonly clientId: string;
  /** Null: every app of the project. */
  readonly apps: readonly string[] | null;
}

export interface ProtectedApi {
  readonly project: string;
  /** `[a-z0-9-]{1,48}` */
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly channel: "pins" | "roots" | "both" | "system";
  /** b64u SHA-256 of SPKI. */
  readonly pins: readonly string[];
  /** PEM certificates: managed roots for this API; all of a project's are in its manifests. */
  readonly roots: readonly string[];
  /** Null: no token for this API. */
  readonly token: ApiToken | null;
  readonly tokenSeconds: number;
  readonly whenUnavailable: "fail" | "proceed";
  readonly createdAtMs: number;
  /** What the broker answers a decoy's call with. Absent or null: `defaultDecoyAnswer`. */
  readonly decoyAnswer?: DecoyAnswer | null;
  /** Which links in its answers are led through the broker. Absent or null: none. */
  readonly links?: LinkTerms | null;
}

/** A plausible answer of an API that was never asked. */
export interface DecoyAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** About how long the API takes to answer. */
  readonly delayMs: number;
}

export interface Secret {
  readonly project: string;
  readonly name: string;
  readonly version: number;
  readonly mode: SecretMode;
  /** The value, enveloped with AAD project, name, version. */
  readonly value: Enveloped;
  readonly places: readonly Place[];
  /** Apps that may have it; null: every app of the project. */
  readonly apps: readonly string[] | null;
  readonly updatedAtMs: number;
  /** What decoys get in its place, enveloped with AAD project and name. Absent or null: one is derived. */
  readonly canary?: Enveloped | null;
  /** How it may be used where it is brokered. Absent or null: its value goes into its places, without a budget. */
  readonly terms?: SecretTerms | null;
  /** How values are minted from its own, which then never leaves the service. Absent or null: its own value is the one that is used. */
  readonly recipe?: Recipe | null;
}

/**
 * `google-play`: a service account that may decode tokens. `google-play-keys`: response keys of classic requests, by package.
 * `apple-devicecheck`: a key for DeviceCheck and for App Attest's risk metric.
 */
export type VendorKind = "google-play" | "google-play-keys" | "apple-devicecheck";

/** What the service calls a vendor with, for one project. */
export interface VendorCredential {
  readonly project: string;
  readonly kind: VendorKind;
  /** JSON of the kind's form, enveloped with AAD project and kind. */
  readonly value: Enveloped;
  readonly updatedAtMs: number;
}

export interface Instance {
  readonly project: string;
  readonly instance: string;
  readonly app: string;
  readonly platform: "ios" | "android" | "web";
  readonly attestedKey: string;
  readonly instanceKey: string;
  readonly subject: string;
  readonly facts: Facts;
  readonly factsVersion: number;
  readonly evidenceAtMs: number;
  /** Lower-case hex serial numbers of every certificate the evidence rests on. */
  readonly serials: readonly string[];
  readonly batch: string | null;
  readonly counter: number;
  readonly createdAtMs: number;
  readonly lastSeenAtMs: number;
}

/** The newest App Attest receipt of an instance, and what it last said. */
export interface KeptReceipt {
  readonly project: string;
  readonly instance: string;
  /** The receipt's bytes, enveloped: with the operator's key it would tell of the device. */
  readonly receipt: Enveloped;
  /** About how many keys the device attested for this app in 30 days; null: never told. */
  readonly riskMetric: number | null;
  /** When it is to be renewed; null: never again. */
  readonly renewAfterMs: number | null;
  readonly updatedAtMs: number;
}

export interface Ban {
  readonly project: string;
  /** Rising per store; nodes reconcile by it. */
  readonly sequence: number;
  readonly kind: "ban" | "quarantine";
  readonly by: "instance" | "subject";
  readonly target: string;
  readonly reason: string;
  readonly createdAtMs: number;
  /** Null: until lifted. */
  readonly untilMs: number | null;
  readonly liftedAtMs: number | null;
}

/** What stands behind an ARC. */
export interface Trace {
  readonly project: string;
  readonly arc: string;
  readonly atMs: number;
  readonly use: "enrol" | "session";
  readonly verdict: "trusted" | "restricted" | "refused";
  readonly reasons: readonly Reason[];
  readonly checks: readonly Check[];
  readonly app: string;
  readonly platform: string;
  readonly instance: string;
  readonly signals: readonly string[];
  /** Whether the refusal was answered with a decoy. */
  readonly decoy?: true;
}

export interface AuditRecord {
  readonly sequence: number;
  readonly project: string | null;
  readonly atMs: number;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
}

/** One verdict, fit for counting genuine active apps by month. */
export interface VerdictEvent {
  readonly project: string;
  readonly atMs: number;
  readonly app: string;
  readonly platform: string;
  readonly verdict: "trusted" | "restricted" | "refused";
  readonly reason: Reason | null;
  readonly subject: string | null;
  readonly use: "enrol" | "session";
  /** Whether the refusal was answered with a decoy. */
  readonly decoy?: true;
}

export interface Administrator {
  readonly id: string;
  readonly name: string;
  /** Lower-case hex SHA-256 of the token. */
  readonly tokenHash: string;
  readonly createdAtMs: number;
}

/** A secret that a proxy may have for genuine requests, and the header it puts it into: `prefix` and the value. */
export interface Injection {
  readonly header: string;
  readonly prefix: string;
  readonly secret: string;
}

/** What a backend asks the service with: to consume tokens, to report how its traffic falls, and whether a request may pass. */
export interface Verifier {
  readonly project: string;
  /** `[a-z0-9-]{1,48}` */
  readonly name: string;
  /** The one API it speaks for; null: any of the project. */
  readonly api: string | null;
  /** Lower-case hex SHA-256 of the credential. */
  readonly tokenHash: string;
  readonly createdAtMs: number;
  /** Only where it speaks for one API. */
  readonly injections: readonly Injection[];
}

/** What a broker that stands alone asks the service with, to be given what it needs of one project. */
export interface BrokerCredential {
  readonly project: string;
  /** `[a-z0-9-]{1,48}` */
  readonly name: string;
  /** Where agents reach it; null: it was not said. */
  readonly origin: string | null;
  /** Whether agents are sent there. Of a project's brokers at most one is. */
  readonly inUse: boolean;
  /** b64u of 8 bytes: names its key. */
  readonly kid: string;
  /** b64u of the 65-byte point: the credential is the private half. */
  readonly point: string;
  readonly createdAtMs: number;
}

/** A key with which simulators and CI enrol in a development project. */
export interface DevelopmentKey {
  readonly project: string;
  /** b64u of 16 bytes, made from the secret (`developmentKeyId`): what names the key on the wire. */
  readonly id: string;
  /** `[a-z0-9-]{1,48}`; of the keys that are not revoked, one has it. */
  readonly name: string;
  /** 32 bytes, enveloped. */
  readonly secret: Enveloped;
  /** How many enrolments it buys in all. */
  readonly quota: number;
  /** How many within a day. */
  readonly perDay: number;
  /** How many it has bought. */
  readonly enrolled: number;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly revokedAtMs: number | null;
}

/** One report of a backend, as it is counted. */
export interface TrafficReport {
  readonly project: string;
  /** Name of the verifier credential that reports. */
  readonly verifier: string;
  readonly api: string;
  /** Counted once. */
  readonly nonce: string;
  readonly atMs: number;
  /** Start of the hour it counts in. */
  readonly hourMs: number;
  /** Requests by name of the count. */
  readonly counts: Readonly<Record<string, number>>;
}

export interface BootstrapToken {
  readonly tokenHash: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly usedAtMs: number | null;
}
