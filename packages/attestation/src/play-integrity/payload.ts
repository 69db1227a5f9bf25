import { toHex } from "@countersign/asn1";
import { decodeBase64url } from "@countersign/protocol";

/** A decoded verdict as it was read. Null: the field is absent, as it is wherever Google did not evaluate. */
export interface PlayPayload {
  readonly requestPackageName: string;
  readonly nonce: string | null;
  readonly requestHash: string | null;
  readonly requestedAtMs: number;
  readonly appVerdict: string | null;
  readonly packageName: string | null;
  readonly versionCode: number | null;
  /** Lower-case hex SHA-256. */
  readonly signingDigests: readonly string[];
  /** Empty where the device met no label. */
  readonly deviceLabels: readonly string[];
  readonly sdkVersion: number | null;
  readonly activityLevel: string | null;
  readonly recall: DeviceRecall | null;
  readonly licensing: string | null;
  readonly appsDetected: readonly string[] | null;
  readonly playProtect: string | null;
  readonly testing: boolean;
}

/** The three bits that the developer may set on a device (device recall). */
export interface DeviceRecall {
  readonly first: boolean;
  readonly second: boolean;
  readonly third: boolean;
}

type Members = Readonly<Record<string, unknown>>;

const maximumItems = 32;
const maximumCharacters = 1024;

/** A member of another type than documented. Caught in `parsePlayPayload`, which is the only way in. */
class ShapeError extends Error {}

/**
 * Reads a decoded verdict (https://developer.android.com/google/play/integrity/verdicts), else null. Unknown members are passed over, among them
 * `legacyDeviceRecognitionVerdict`: Google adds some, and the legacy labels mean less than the current ones.
 */
export function parsePlayPayload(payload: unknown): PlayPayload | null {
  try {
    return readPayload(toMembers(payload));
  } catch (error) {
    if (error instanceof ShapeError) return null;
    throw error;
  }
}

function readPayload(root: Members): PlayPayload {
  const request = toMembers(root.requestDetails);
  const app = branch(root, "appIntegrity");
  const device = branch(root, "deviceIntegrity");
  const environment = branch(root, "environmentDetails");
  const recall = optional(device, "deviceRecall", toMembers);
  return {
    requestPackageName: toText(request.requestPackageName),
    nonce: optional(request, "nonce", toText),
    requestHash: optional(request, "requestHash", toText),
    requestedAtMs: toDecimal(request.timestampMillis),
    appVerdict: optional(app, "appRecognitionVerdict", toText),
    packageName: optional(app, "packageName", toText),
    versionCode: optional(app, "versionCode", toDecimal),
    signingDigests: (optional(app, "certificateSha256Digest", toTexts) ?? []).map(toDigest),
    deviceLabels: optional(device, "deviceRecognitionVerdict", toTexts) ?? [],
    sdkVersion: optional(branch(device, "deviceAttributes"), "sdkVersion", toCount),
    activityLevel: optional(branch(device, "recentDeviceActivity"), "deviceActivityLevel", toText),
    recall: recall && toRecall(branch(recall, "values")),
    licensing: optional(branch(root, "accountDetails"), "appLicensingVerdict", toText),
    appsDetected: optional(branch(environment, "appAccessRiskVerdict"), "appsDetected", toTexts),
    playProtect: optional(environment, "playProtectVerdict", toText),
    testing: isTesting(optional(root, "testingDetails", toMembers)),
  };
}

/** The details stand in testing answers alone, so only an explicit false says that this is none. */
function isTesting(details: Members | null): boolean {
  return details !== null && (optional(details, "isTestingResponse", toBoolean) ?? true);
}

/** Google leaves out bits that are false. */
function toRecall(values: Members): DeviceRecall {
  const bit = (name: string) => optional(values, name, toBoolean) ?? false;
  return { first: bit("bitFirst"), second: bit("bitSecond"), third: bit("bitThird") };
}

/** Bytes of base64url without padding, or with the padding that Google's servers sometimes add; else null. */
export function fromWebSafeBase64(text: string): Uint8Array | null {
  const bare = text.length % 4 === 0 ? text.replace(/={1,2}$/, "") : text;
  return decodeBase64url(bare);
}

function toDigest(text: string): string {
  const bytes = fromWebSafeBase64(text);
  if (bytes?.length !== 32) throw new ShapeError();
  return toHex(bytes);
}

function optional<T>(members: Members, name: string, read: (value: unknown) => T): T | null {
  return Object.hasOwn(members, name) ? read(members[name]) : null;
}

/** An object that may be absent, as an empty one. */
function branch(members: Members, name: string): Members {
  return optional(members, name, toMembers) ?? {};
}

function toMembers(value: unknown): Members {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new ShapeError();
  return value as Members;
}

function toText(value: unknown): string {
  if (typeof value !== "string" || value.length > maximumCharacters) throw new ShapeError();
  return value;
}

function toTexts(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length > maximumItems) throw new ShapeError();
  return value.map(toText);
}

function toBoolean(value: unknown): boolean {
  if (typeof value !== "boolean") throw new ShapeError();
  return value;
}

function toCount(value: unknown): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw new ShapeError();
  return value;
}

/** 64-bit numbers travel as decimal text. */
function toDecimal(value: unknown): number {
  if (typeof value !== "string" || !/^(?:0|[1-9][0-9]{0,15})$/.test(value)) throw new ShapeError();
  return toCount(Number(value));
}
