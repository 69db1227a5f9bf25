import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requireAll, vectorsFolder } from "../../../../testing/vectors.ts";
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

async function run(...args: readonly string[]): Promise<Outcome> {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const codes: number[] = [];
  const command = evidenceCommand({
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
    ["Android expectations for App Attest evidence", ["ok.json", "--package", "com.example"], /belong to a PEM chain/],
  ])("%s", async (_, args, line) => {
    await write("ok.json", softwareKey);
    await write("other-large", " ".repeat(1024 * 1024 + 1));
    await write("other", "\u001b[2Jsomething else");
    const paths = args.map((arg) => (/^(absent|other|ok|\.$)/.test(arg) ? join(folder, arg) : arg));
    const { stdout, stderr, codes } = await run(...paths);
    expect(stderr).toMatch(line);
    expect(stderr).toMatch(/^countersign: [^\n]+\n$/);
    expect(stdout).toBe("");
    expect(codes).toEqual([2]);
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
