import { createRawInstance, type PlayFindings, type RawInstance, toPlayVerdict } from "@countersign/virtual-device";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findLeaks } from "../../../../../testing/leak-detector.ts";
import type { ProjectSettings, Trace } from "../../domain/ports/index.ts";
import { account, type Google, startGoogle } from "../../vendors/google/google.suite.ts";
import { type DeviceLab, openDeviceLab, packageName, signingDigest } from "./device-lab.suite.ts";

type Kind = "classic" | "standard";

let lab: DeviceLab;
let google: Google;
const actor = { id: "lab", name: "lab" };
const made: string[] = [];

beforeEach(async () => {
  made.length = 0;
  google = await startGoogle(() => lab.nowMs());
  lab = await openDeviceLab({
    playIntegrity: { apiBase: google.origin, tokenUrl: google.tokenUrl, timeoutMs: 60_000 },
    limits: { playDecodesPerProjectPerDay: 3 },
  });
});
afterEach(async () => {
  await lab.close();
  await google.close();
});

async function setUp(play: NonNullable<ProjectSettings["play"]>, ...kinds: readonly Kind[]): Promise<void> {
  await lab.change({ play });
  const { admin } = lab.service().domain;
  const { clientEmail, privateKey } = account;
  const file = { type: "service_account", client_email: clientEmail, private_key: privateKey };
  if (kinds.includes("standard")) await admin.setVendor(actor, lab.project, "google-play", file);
  if (kinds.includes("classic")) {
    await admin.setVendor(actor, lab.project, "google-play-keys", { [packageName]: google.play.keys });
  }
}

function tokenFor(kind: Kind, binding: string, findings: Partial<PlayFindings> = {}): string {
  const all = { packageName, signingDigest, versionCode: 7, nowMs: lab.nowMs(), ...findings };
  const token =
    kind === "classic"
      ? google.play.classicToken(toPlayVerdict(all, { nonce: binding }))
      : google.play.standardToken(toPlayVerdict(all, { requestHash: binding }));
  made.push(token);
  return token;
}

const pixel = (playToken?: (binding: string) => string): RawInstance =>
  createRawInstance({
    configuration: lab.configuration,
    device: lab.pixel(),
    exchange: lab.exchange,
    ...(playToken === undefined ? {} : { playToken }),
  });

async function enrol(playToken?: (binding: string) => string): Promise<Trace> {
  const answer = await pixel(playToken).enrol();
  expect(answer.problem).toBeNull();
  return lab.trace(answer.arc);
}

const decodes = () => google.asked.filter((path) => path.endsWith(":decodeIntegrityToken")).length;
const finding = (trace: Trace, name: string) => trace.checks.find((check) => check.name === name);

describe("a token of Play Integrity beside the evidence", () => {
  it.each<[Kind, readonly Kind[], number]>([
    ["classic", ["classic"], 0],
    ["standard", ["standard"], 1],
    ["classic", ["classic", "standard"], 0],
    ["standard", ["classic", "standard"], 1],
    ["classic", ["standard"], 1],
  ])("of the %s kind counts where the project holds %j, at the cost of %i decodings", async (kind, held, cost) => {
    await setUp("require", ...held);
    const trace = await enrol((binding) => tokenFor(kind, binding));
    expect(trace).toMatchObject({ verdict: "trusted", reasons: [] });
    expect(finding(trace, "play_required")?.result).toBe("pass");
    expect(finding(trace, "play_binding")?.result).toBe("pass");
    expect(decodes()).toBe(cost);
  });

  it("is neither opened nor judged where the project does not look at Play", async () => {
    await setUp("off", "classic", "standard");
    const trace = await enrol((binding) => tokenFor("standard", binding, { testing: true }));
    expect(trace.verdict).toBe("trusted");
    expect(trace.checks.filter(({ name, result }) => name.startsWith("play_") && result !== "not_evaluated")).toEqual(
      [],
    );
    expect(google.asked).toEqual([]);
  });

  it("is a finding where it is observed, whatever becomes of it", async () => {
    await setUp("observe", "standard");
    for (const token of [undefined, (binding: string) => tokenFor("standard", binding, { testing: true })]) {
      const trace = await enrol(token);
      expect(trace.verdict).toBe("trusted");
      expect(finding(trace, "play_observed")).toMatchObject({
        result: "fail",
        reason: token === undefined ? "play_missing" : "play_testing_response",
      });
    }
  });

  it("never stands in for the key attestation", async () => {
    await setUp("require", "classic");
    const instance = createRawInstance({
      configuration: lab.configuration,
      device: lab.pixel({ locked: false }),
      exchange: lab.exchange,
      playToken: (binding) => tokenFor("classic", binding),
    });
    expect(await lab.trace((await instance.enrol()).arc)).toMatchObject({
      verdict: "refused",
      reasons: ["bootloader_unlocked"],
    });
  });

  it("costs nothing for evidence that is refused, and nothing for a proof that fails", async () => {
    await setUp("require", "standard");
    const unlocked = createRawInstance({
      configuration: lab.configuration,
      device: lab.pixel({ locked: false }),
      exchange: lab.exchange,
      playToken: (binding) => tokenFor("standard", binding),
    });
    await unlocked.enrol();
    const prepared = await pixel((binding) => tokenFor("standard", binding)).prepareEnrolment();
    const signature = Buffer.alloc(64, 1).toString("base64url");
    const answer = await lab.exchange.send({ ...prepared, body: { ...prepared.body, proof: { signature } } });
    expect(answer.problem).toBe("proof_invalid");
    expect(google.asked).toEqual([]);
  });

  it("is kept as facts, so that sessions need none, and later demands are held against it", async () => {
    await setUp("require", "classic");
    const instance = pixel((binding) => tokenFor("classic", binding, { deviceLabels: ["MEETS_DEVICE_INTEGRITY"] }));
    const enrolled = await instance.enrol();
    expect((await lab.trace(enrolled.arc)).verdict).toBe("trusted");
    expect((await instance.session()).session?.verdict).toBe("trusted");
    await lab.change({ playLabels: ["strong"] });
    expect((await lab.trace((await instance.session()).arc)).reasons).toEqual(["play_device_unrecognized"]);
  });

  it("is asked of an instance that enrolled before the project demanded it", async () => {
    const instance = pixel((binding) => tokenFor("classic", binding));
    expect((await instance.enrol()).session?.verdict).toBe("trusted");
    await setUp("require", "classic");
    const session = await instance.session();
    expect([session.outcome, session.reason]).toEqual(["enrol", "facts_missing"]);
    expect((await instance.enrol()).session?.verdict).toBe("trusted");
    expect((await instance.session()).session?.verdict).toBe("trusted");
  });

  it("leaves no trace of itself in records and log", async () => {
    await setUp("require", "classic", "standard");
    for (const kind of ["classic", "standard"] as const) await enrol((binding) => tokenFor(kind, binding));
    google.trouble("decode", { status: 500 });
    const trace = await enrol((binding) => tokenFor("standard", binding));
    const told = Buffer.from([...lab.lines, JSON.stringify(trace)].join("\n"));
    expect(lab.lines.join("\n")).toContain("play_decode_failed");
    for (const secret of [...made, account.privateKey.slice(100, 160), google.play.keys.decryptionKey, "ya29.0"]) {
      expect(findLeaks(told, secret)).toEqual([]);
    }
  });
});

describe("where Play is demanded, refuses with", () => {
  it.each<[string, string, Partial<PlayFindings>]>([
    ["play_request_package_mismatch", "another package", { packageName: "com.example.clone" }],
    [
      "play_package_mismatch",
      "another app in this one's name",
      { packageName: "com.example.clone", requestPackageName: packageName },
    ],
    ["play_signing_digest_mismatch", "a re-signed app", { signingDigest: "66".repeat(32) }],
    ["play_app_unevaluated", "an app that was not evaluated", { appVerdict: "UNEVALUATED" }],
    ["play_device_unrecognized", "an altered device", { deviceLabels: [] }],
    ["play_testing_response", "a tester's answer", { testing: true }],
    ["play_token_too_old", "an old token", { nowMs: 0 }],
  ])("%s: %s", async (reason, _, findings) => {
    await setUp("require", "classic");
    expect(await enrol((binding) => tokenFor("classic", binding, findings))).toMatchObject({
      verdict: "refused",
      reasons: [reason],
    });
  });

  it("play_missing: no token", async () => {
    await setUp("require", "classic");
    expect((await enrol()).reasons).toEqual(["play_missing"]);
  });

  it("play_unconfigured: nothing to open it with", async () => {
    await setUp("require");
    expect((await enrol((binding) => tokenFor("classic", binding))).reasons).toEqual(["play_unconfigured"]);
  });

  it("play_nonce_mismatch: a token for another statement, of either kind", async () => {
    await setUp("require", "classic", "standard");
    for (const kind of ["classic", "standard"] as const) {
      const other = Buffer.alloc(32, 9).toString("base64url");
      expect((await enrol(() => tokenFor(kind, other))).reasons).toEqual(["play_nonce_mismatch"]);
    }
  });

  it.each(["classic", "standard"] as const)("play_token_reused: a %s token that came before", async (kind) => {
    await setUp("require", kind);
    let first = "";
    await enrol((binding) => (first = tokenFor(kind, binding)));
    expect((await enrol(() => first)).reasons).toEqual(["play_token_reused"]);
    expect(decodes()).toBe(kind === "standard" ? 1 : 0);
  });

  it("play_token_malformed: a standard token where only response keys are held", async () => {
    await setUp("require", "classic");
    expect((await enrol((binding) => tokenFor("standard", binding))).reasons).toEqual(["play_token_malformed"]);
  });

  it("play_token_undecryptable: a token that Google does not take", async () => {
    await setUp("require", "standard");
    expect((await enrol(() => "Cqnone")).reasons).toEqual(["play_token_undecryptable"]);
  });

  it("play_unavailable: Google is away", async () => {
    await setUp("require", "standard");
    google.trouble("decode", { status: 503 });
    expect((await enrol((binding) => tokenFor("standard", binding))).reasons).toEqual(["play_unavailable"]);
  });
});

describe("the quota", () => {
  it("is counted by project and day, and a used-up one locks nobody out unless Play is demanded", async () => {
    await setUp("observe", "standard");
    const decode = () => enrol((binding) => tokenFor("standard", binding));
    for (let count = 0; count < 3; count += 1) expect(finding(await decode(), "play_observed")?.result).toBe("pass");
    const over = await decode();
    expect(over.verdict).toBe("trusted");
    expect(finding(over, "play_observed")).toMatchObject({ result: "fail", reason: "play_quota_exhausted" });
    expect(decodes()).toBe(3);
    await lab.change({ play: "require" });
    expect(await decode()).toMatchObject({ verdict: "refused", reasons: ["play_quota_exhausted"] });
    lab.advance(86_400_000);
    expect((await decode()).verdict).toBe("trusted");
  });

  it("is not counted for tokens that open here", async () => {
    await setUp("require", "classic");
    for (let count = 0; count < 5; count += 1) {
      expect((await enrol((binding) => tokenFor("classic", binding))).verdict).toBe("trusted");
    }
  });
});

it("takes a tester's answer in a development project that permits it", async () => {
  await setUp("require", "classic");
  await lab.change({ permissions: ["play-testing"] });
  const instance = pixel((binding) => tokenFor("classic", binding, { testing: true }));
  expect((await instance.enrol()).session?.verdict).toBe("trusted");
  await lab.change({ permissions: [] });
  expect((await lab.trace((await instance.session()).arc)).reasons).toEqual(["play_testing_response"]);
});

it("answers a token for another platform as malformed", async () => {
  await setUp("require", "classic");
  const instance = createRawInstance({
    configuration: lab.configuration,
    device: lab.iphone(),
    exchange: lab.exchange,
    playToken: (binding) => tokenFor("classic", binding),
  });
  expect((await instance.enrol()).problem).toBe("malformed");
});
