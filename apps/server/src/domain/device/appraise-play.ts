import {
  openPlayIntegrityToken,
  type PlayDeviceLabel,
  type PlayIntegrityFacts,
  parsePlayIntegrityKeys,
  verifyPlayIntegrity,
} from "@countersign/attestation";
import type { PlayState } from "@countersign/policy";
import {
  type Check,
  encodeBase64url,
  type PlayFacts,
  type PlayLabel,
  playLabels,
  type Reason,
} from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import { openVendorValue } from "../vendors/vendor-credential.ts";
import type { AdmittedStatement } from "./admit-statement.ts";
import type { DeviceDeps } from "./device-deps.ts";

/** What Play Integrity said beside the key attestation. `facts` are there exactly where the token was verified. */
export interface AppraisedPlay {
  readonly state: PlayState;
  readonly checks: readonly Check[];
  readonly facts: PlayFacts | null;
}

type Opened =
  | { readonly ok: true; readonly payload: unknown; readonly checks: readonly Check[] }
  | { readonly ok: false; readonly reason: Reason; readonly checks: readonly Check[] };

/** Longer than a token may be old, so that none outlives its entry. */
const onceSeconds = 900;
const daySeconds = 86_400;

const labelNames: Readonly<Record<PlayLabel, PlayDeviceLabel>> = {
  basic: "MEETS_BASIC_INTEGRITY",
  device: "MEETS_DEVICE_INTEGRITY",
  strong: "MEETS_STRONG_INTEGRITY",
  virtual: "MEETS_VIRTUAL_INTEGRITY",
};

/**
 * The last part of step 9' of protocol section 7: additional evidence, and the only part that may cost a vendor's quota. Comes after proof,
 * spend, verification and claim. Null where the project does not look at Play. Neither a used-up quota nor a vendor that is away ends an
 * enrolment here: each is a finding, and policy says what it is worth.
 */
export async function appraisePlay(
  deps: DeviceDeps,
  admitted: AdmittedStatement,
  token: string | null,
): Promise<AppraisedPlay | null> {
  const { statement, context } = admitted;
  const { settings, kind } = context.project;
  const android = context.apps.get(statement.app.id)?.android;
  if ((settings.play ?? "off") === "off" || android == null) return null;
  if (token === null) return { state: { state: "missing" }, checks: [], facts: null };

  const opened = await open(deps, statement.project, android.packageName, token);
  if (!opened.ok) return refused(opened.reason, opened.checks);
  const verified = verifyPlayIntegrity({
    payload: opened.payload,
    expected: {
      packageName: android.packageName,
      signingDigests: android.signingDigests,
      nonce: admitted.hash,
      requestHash: encodeBase64url(admitted.hash),
    },
    nowMs: deps.clock.nowMs(),
    requiredDeviceLabels: (settings.playLabels ?? ["device"]).map((label) => labelNames[label]),
    allowTesting: kind === "development" && settings.permissions.includes("play-testing"),
  });
  const checks = [...opened.checks, ...verified.checks.map(toPlayCheck)];
  if (!verified.ok) return refused(verified.reason, checks);
  return { state: { state: "verified" }, checks, facts: toPlayFacts(verified.facts) };
}

function refused(reason: Reason, checks: readonly Check[]): AppraisedPlay {
  return { state: { state: "refused", reason }, checks, facts: null };
}

/**
 * Opens a token once: with the app's response keys where it is a classic token for them, else at Google within the project's quota. A token
 * is spent before it is sent, because Google answers a second decoding with a verdict that says nothing.
 */
async function open(deps: DeviceDeps, project: string, packageName: string, token: string): Promise<Opened> {
  const keyTexts = (await openVendorValue(deps, project, "google-play-keys"))?.[packageName];
  const account = await openVendorValue(deps, project, "google-play");
  const fingerprint = encodeBase64url(sha256(new TextEncoder().encode(token)));
  if (!(await deps.once.once(`${project}:play:${fingerprint}`, onceSeconds))) return failed("play_token_reused");

  const keys = keyTexts && parsePlayIntegrityKeys(keyTexts);
  if (keys) {
    const local = await openPlayIntegrityToken(token, keys);
    if (local.ok) return { ok: true, payload: local.facts.payload, checks: local.checks.map(toPlayCheck) };
    const isForeign = local.checks.some((check) => foreignRules.has(check.name) && check.result === "fail");
    if (account === null || !isForeign) {
      return { ok: false, reason: local.reason, checks: local.checks.map(toPlayCheck) };
    }
  }
  if (account === null) return failed("play_unconfigured");
  const quota = deps.budgets.playDecodesPerProjectPerDay;
  if (!(await deps.ledger.take(`${project}:play-decode`, quota, daySeconds))) return failed("play_quota_exhausted");
  const decoded = await deps.playDecoder.decode(account, packageName, token);
  return decoded.ok ? { ok: true, payload: decoded.payload, checks: [] } : failed(decoded.reason);
}

/** What fails where a token is of the other kind, or for other keys; what fails later was meant for these. */
const foreignRules: ReadonlySet<string> = new Set(["token_structure", "token_encryption"]);

function failed(reason: Reason): Opened {
  const check: Check = { name: "play_opened", result: "fail", reason, expected: "an opened token", found: null };
  return { ok: false, reason, checks: [check] };
}

/** In a trace the checks stand beside those of the key attestation, some of which have the same names. */
function toPlayCheck(check: Check): Check {
  return { ...check, name: check.name.startsWith("play_") ? check.name : `play_${check.name}` };
}

function toPlayFacts({ deviceLabels, sdkVersion, licensing, testing }: PlayIntegrityFacts): PlayFacts {
  const judged = licensing === "LICENSED" || licensing === "UNLICENSED";
  return {
    labels: playLabels.filter((label) => deviceLabels.includes(labelNames[label])),
    sdk: sdkVersion,
    licensed: judged ? licensing === "LICENSED" : null,
    testing,
  };
}
