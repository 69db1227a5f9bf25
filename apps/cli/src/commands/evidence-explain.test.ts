import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { reasons } from "@countersign/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requireAll, vectorsFolder } from "../../../../testing/vectors.ts";
import type { TraceAnswer } from "../answers.ts";
import { evidenceCommand } from "./evidence-explain.ts";

const vectors = vectorsFolder();
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "evidence-"));
});
afterAll(() => rm(folder, { recursive: true }));

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly codes: readonly number[];
}

const trace: TraceAnswer = {
  arc: "ABCDEFGHIJKLMN27",
  atMs: Date.parse("2026-11-21T00:00:00Z"),
  use: "enrol",
  verdict: "refused",
  reasons: [{ reason: "bootloader_unlocked", meaning: "m", action: "a" }],
  checks: [
    { name: "challenge", result: "pass", reason: "challenge_mismatch", expected: "AA==", found: "AA==" },
    {
      name: "bootloader",
      result: "fail",
      reason: "bootloader_unlocked",
      expected: "locked",
      found: "unlocked\u001b[2J",
    },
  ],
  app: "gallery",
  platform: "android",
  instance: "i",
  signals: [],
  decoy: false,
};
let answered: TraceAnswer = trace;
let asked: readonly (string | undefined)[] = [];
let stdin: readonly (string | Uint8Array)[] = [];

async function run(...args: readonly string[]): Promise<Outcome> {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const codes: number[] = [];
  const command = evidenceCommand({
    stdin: Readable.from(stdin),
    readTrace: async (...given) => {
      asked = given;
      return answered;
    },
    stdout: (text) => void stdout.push(text),
    stderr: (text) => void stderr.push(text),
    exit: (code) => void codes.push(code),
    nowMs: () => Date.parse("2026-11-22T00:00:00Z"),
  });
  await command.parseAsync(["explain", ...args], { from: "user" });
  return { stdout: stdout.join(""), stderr: stderr.join(""), codes };
}

async function write(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const softwareKey = `{"assertion": "oA=="}`;

test("prints one JSON object and exits 1 for refused evidence", async () => {
  const { stdout, stderr, codes } = await run(await write("a.json", softwareKey), "--json");
  expect(JSON.parse(stdout)).toMatchObject({
    kind: "app-attest-assertion",
    verdict: "refused",
    reason: "evidence_malformed",
    facts: {},
  });
  expect(stderr).toBe("");
  expect(codes).toEqual([1]);
});

test("prints text for people without --json", async () => {
  const { stdout, codes } = await run(await write("b.json", softwareKey));
  expect(stdout).toMatch(/^App Attest assertion: refused, evidence_malformed\n/);
  expect(codes).toEqual([1]);
});

describe("answers a bad input with one line on stderr, nothing on stdout, and exit 2:", () => {
  test.each([
    ["a file that is not there", ["absent.pem"], /cannot be read \(ENOENT\)/],
    ["a folder", ["."], /is no file/],
    ["a file of something else", ["other"], /neither PEM nor JSON/],
    ["a file larger than 1 MiB", ["other-large"], /larger than 1 MiB/],
    ["a time that is none", ["ok.json", "--at", "yesterday"], /--at yesterday is no time/],
    ["a day that is none", ["ok.json", "--at", "2026-13-40"], /is no time/],
    ["a challenge in bare hex", ["ok.json", "--challenge", "abc"], /--challenge is not standard base64/],
    ["a challenge in broken hex", ["ok.json", "--challenge", "hex:abc"], /--challenge is not/],
    ["a digest that is no hex", ["ok.json", "--signing-digest", "xyz"], /--signing-digest xyz is not hex/],
    ["a status list that is none", ["ok.json", "--revocation-list", "other"], /no attestation status list/],
    ["a status list that is not there", ["ok.json", "--revocation-list", "absent"], /cannot be read \(ENOENT\)/],
    ["a label that is none", ["ok.json", "--device-label", "MEETS"], /--device-label MEETS is no label/],
    ["one Play key without the other", ["ok.json", "--play-decryption-key", "other"], /needs both/],
    [
      "Play keys that are none",
      ["ok.json", "--play-decryption-key", "other", "--play-verification-key", "other"],
      /keys cannot be read/,
    ],
    ["no input", [], /exactly one/],
    ["two inputs", ["ok.json", "--base64", "oA=="], /exactly one/],
    ["base64 that is none", ["--base64", "%"], /--base64: the input is neither PEM nor JSON nor base64/],
    ["a project without an ARC", ["ok.json", "--project", "astro"], /--project belongs to --arc/],
    ["a file beside an ARC", ["ok.json", "--arc", "ABCDEFGHIJKLMN27"], /--arc shows what was judged/],
    [
      "an expectation beside an ARC",
      ["--arc", "ABCDEFGHIJKLMN27", "--at", "2026-01-01"],
      /--arc shows what was judged/,
    ],
    ["Android expectations for App Attest evidence", ["ok.json", "--package", "com.example"], /belong to a PEM chain/],
  ])("%s", async (_, args, line) => {
    await write("ok.json", softwareKey);
    await write("other-large", " ".repeat(1024 * 1024 + 1));
    await write("other", "\u001b[2Jsomething else");
    const paths = args.map((arg) => (/^(absent$|other|ok|\.$)/.test(arg) ? join(folder, arg) : arg));
    const { stdout, stderr, codes } = await run(...paths);
    expect(stderr).toMatch(line);
    expect(stderr).toMatch(/^countersign: [^\n]+\n$/);
    expect(stdout).toBe("");
    expect(codes).toEqual([2]);
  });
});

describe("takes evidence", () => {
  const shape = async (...args: readonly string[]) => {
    const { stdout, stderr } = await run(...args, "--json");
    expect(stderr).toBe("");
    return JSON.parse(stdout) as { kind: string; reason: string };
  };

  test("in base64, from standard input and from a file of bytes alike", async () => {
    const bytes = Buffer.from("a2a0", "hex");
    const found = { kind: "app-attest-assertion", reason: "evidence_malformed" };
    expect(await shape("--base64", bytes.toString("base64"))).toMatchObject(found);
    const path = join(folder, "assertion.bin");
    await writeFile(path, bytes);
    expect(await shape(path)).toMatchObject(found);
    for (const text of [softwareKey, bytes.toString("base64"), bytes]) {
      stdin = [text];
      expect(await shape("-")).toMatchObject(found);
    }
  });

  test("from standard input up to 1 MiB and no further", async () => {
    stdin = Array(17).fill(Buffer.alloc(64 * 1024, 0x20));
    const { stderr, codes } = await run("-");
    expect(stderr).toMatch(/^countersign: standard input is larger than 1 MiB/);
    expect(codes).toEqual([2]);
  });

  test("as a classic token, whose keys come from files and are never printed", async () => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const secret = randomBytes(32).toString("base64");
    const decryption = await write("decryption", `${secret}\n`);
    const verification = await write(
      "verification",
      publicKey.export({ format: "der", type: "spki" }).toString("base64"),
    );
    const keys = ["--play-decryption-key", decryption, "--play-verification-key", verification];
    const { stdout, stderr, codes } = await run(await write("token", "a.b.c.d.e"), ...keys);
    expect(stdout).toMatch(/^Play Integrity token: refused, play_token_malformed\n/);
    expect(stdout + stderr).not.toContain(secret);
    expect(codes).toEqual([1]);
  });
});

describe("with an ARC", () => {
  test("shows the service's trace in the doctor's own form", async () => {
    const { stdout, codes } = await run("--arc", trace.arc, "--project", "astro", "--json");
    const answer = JSON.parse(stdout) as object;
    expect(asked).toEqual([trace.arc, "astro"]);
    expect(Object.keys(answer)).toEqual(["kind", "verdict", "reason", "checks", "facts"]);
    expect(answer).toMatchObject({
      kind: "arc",
      verdict: "refused",
      reason: "bootloader_unlocked",
      checks: [{ name: "challenge" }, { name: "bootloader", result: "fail", expected: "locked" }],
      facts: { arc: trace.arc, verdict: "refused", app: "gallery" },
    });
    expect(codes).toEqual([1]);
  });

  test("says for people what the failed check means and what to do, and moves no cursor", async () => {
    const { stdout } = await run("--arc", trace.arc);
    expect(stdout).toMatch(/^ARC: refused, bootloader_unlocked\n/);
    expect(stdout).toContain(reasons.bootloader_unlocked.action);
    expect(stdout).not.toMatch(/[^\P{C}\n]/u);
  });

  test("exits 0 for a trusted instance alone, and 2 for a reason that this version does not know", async () => {
    answered = { ...trace, verdict: "trusted", reasons: [], checks: [] };
    expect((await run("--arc", trace.arc)).codes).toEqual([0]);
    answered = { ...trace, verdict: "restricted" };
    expect((await run("--arc", trace.arc)).codes).toEqual([1]);
    answered = { ...trace, reasons: [{ reason: "novel", meaning: "", action: "" }] };
    expect((await run("--arc", trace.arc)).stderr).toMatch(/does not know/);
  });
});

describe.skipIf(vectors === null && !requireAll)("genuine evidence (shared vectors)", () => {
  const path = (...parts: readonly string[]) => join(vectors ?? "", "android-keyattestation", "testdata", ...parts);
  const pixel = path("caiman", "sdk36", "SB_EC_RKP.pem");

  test("accepts a genuine Pixel at its date, as epoch milliseconds or ISO 8601 in any zone, and exits 0", async () => {
    for (const time of [
      "1758900646327",
      "2025-09-26T15:30:46Z",
      "2025-09-26T17:30+02:00",
      "2025-09-26T15:30:46",
      "2025-09-27",
    ]) {
      const { stdout, codes } = await run(pixel, "--at", time, "--json");
      expect(JSON.parse(stdout), `at ${time}`).toMatchObject({ verdict: "accepted", reason: null });
      expect(codes).toEqual([0]);
    }
  });

  test("judges the same Pixel today without --at", async () => {
    const { stdout, codes } = await run(pixel, "--json");
    expect(JSON.parse(stdout)).toMatchObject({ verdict: "refused", reason: "certificate_expired" });
    expect(codes).toEqual([1]);
  });

  test("names ML-DSA keys where it refuses them for enrolment", async () => {
    const keys = join(vectors ?? "", "android-keyattestation", "testdata", "tokay", "sdk37");
    for (const name of ["TEE_MLDSA_FACTORY.pem", "TEE_MLDSA_RKP.pem"]) {
      const { stdout } = await run(join(keys, name), "--json", "--enrolment");
      const { verdict, checks } = JSON.parse(stdout) as {
        verdict: string;
        checks: { name: string; found: string }[];
      };
      expect(verdict).toBe("refused");
      expect(checks.find(({ name: check }) => check === "key_parameters")?.found).toMatch(/^ML-DSA-65 key, /);
    }
  });

  test("holds it to every expectation that is given", async () => {
    const digest = "10:39:38:EE:45:37:E5:9E:8E:E7:92:F6:54:50:4F:B8:34:6F:C6:B3:46:D0:BB:C4:41:5F:C3:39:FC:FC:8E:C1";
    const challenge = "N2NjYWMxZWEtNDg0NS00ODJlLTg1OGQtZjZmYTlhYThjMjk1";
    const list = join(vectors ?? "", "roots", "android_attestation_status_2025-01.json");
    const given = [
      "--package",
      "com.example",
      "--package",
      "com.google.android.attestation",
      "--signing-digest",
      digest,
    ];
    const args = [pixel, "--at", "1758900646327", "--json", ...given, "--revocation-list", list];
    const reasonOf = async (...more: readonly string[]) =>
      (JSON.parse((await run(...args, ...more)).stdout) as { reason: string }).reason;
    expect(await reasonOf("--challenge", challenge)).toBeNull();
    expect(await reasonOf("--challenge", `hex:${Buffer.from(challenge, "base64").toString("hex")}`)).toBeNull();
    expect(await reasonOf("--challenge", "AAAA")).toBe("challenge_mismatch");
    expect(await reasonOf("--enrolment")).toBe("key_parameters");
  });
});
