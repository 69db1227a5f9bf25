import { readFile, stat } from "node:fs/promises";
import {
  type ExplainOptions,
  explainEvidence,
  fromBase64,
  fromHex,
  loadRevocationListFile,
  printable,
  renderExplanation,
} from "@countersign/attestation";
import { Command, Option } from "commander";

/** What the command needs of the world. `exit` is called once, last. */
export interface EvidenceIo {
  stdout(text: string): void;
  stderr(text: string): void;
  /** 0 accepted, 1 refused, 2 the input cannot be read. */
  exit(code: 0 | 1 | 2): void;
  nowMs(): number;
}

interface Flags {
  readonly at?: string;
  readonly json?: true;
  readonly challenge?: string;
  readonly package?: readonly string[];
  readonly signingDigest?: readonly string[];
  readonly bootKey?: readonly string[];
  readonly revocationList?: string;
  readonly enrolment?: true;
}

const maximumBytes = 1024 * 1024;

/** An argument or file that cannot be read; its message is the one line that the user sees. */
class InputError extends Error {}

/** `countersign evidence`: the attestation doctor. Offline. */
export function evidenceCommand(io: EvidenceIo): Command {
  const explain = new Command("explain")
    .description("Say what a piece of evidence proves, check by check, and why it is accepted or refused. Offline.")
    .argument("<file>", "PEM certificate chain (Android), or JSON with App Attest fields, binary as base64")
    .option(
      "--at <time>",
      "judge at this time: ISO 8601 (UTC where no zone is named) or epoch milliseconds; default now",
    )
    .option("--json", "print one JSON object")
    .option("--challenge <base64>", "the exact attestationChallenge, in base64, or in hex as hex:0a1b")
    .addOption(repeatable("--package <name>", "registered package name"))
    .addOption(repeatable("--signing-digest <hex>", "registered SHA-256 of the signing certificate"))
    .addOption(repeatable("--boot-key <hex>", "verified boot key that is trusted where the system is self-signed"))
    .option("--revocation-list <file>", "Google's attestation status list, JSON")
    .option("--enrolment", "also hold the key against the parameters that enrolment demands")
    .action((file: string, flags: Flags) => run(file, flags, io));
  return new Command("evidence").description("Look at platform evidence.").addCommand(explain);
}

async function run(path: string, flags: Flags, io: EvidenceIo): Promise<void> {
  try {
    const options = await toOptions(flags, io);
    const result = explainEvidence(await readText(path), options);
    if (!result.ok) throw new InputError(`${path}: ${result.message}`);
    const { explanation } = result;
    io.stdout(flags.json ? `${JSON.stringify(explanation, null, 2)}\n` : renderExplanation(explanation));
    io.exit(explanation.verdict === "accepted" ? 0 : 1);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    io.stderr(`countersign: ${printable(error.message, 400)}\n`);
    io.exit(2);
  }
}

async function toOptions(flags: Flags, io: EvidenceIo): Promise<ExplainOptions> {
  return {
    nowMs: flags.at === undefined ? io.nowMs() : readTime(flags.at),
    challenge: flags.challenge === undefined ? null : readChallenge(flags.challenge),
    packageNames: flags.package ?? null,
    signingDigests: flags.signingDigest?.map((text) => readDigest("--signing-digest", text)) ?? null,
    verifiedBootKeys: flags.bootKey?.map((text) => readDigest("--boot-key", text)) ?? [],
    revocation: flags.revocationList === undefined ? null : await readRevocationList(flags.revocationList),
    enrolment: flags.enrolment === true,
  };
}

async function readText(path: string): Promise<string> {
  try {
    // A device or pipe might never end; evidence is a file.
    const about = await stat(path);
    if (!about.isFile()) throw new InputError(`${path} is no file; give the path of a PEM or JSON file`);
    if (about.size > maximumBytes)
      throw new InputError(`${path} is larger than 1 MiB; give one PEM chain or one JSON object`);
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof InputError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new InputError(`${path} cannot be read (${code}); give the path of a PEM or JSON file`);
  }
}

async function readRevocationList(path: string) {
  const parsed = await loadRevocationListFile(path);
  if (!parsed.ok)
    throw new InputError(`${path}: ${parsed.message}; give the file that Google serves as attestation status`);
  return parsed.list;
}

function readTime(text: string): number {
  const iso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/.exec(text);
  const withZone = iso?.[1] !== undefined && iso[4] === undefined ? `${text}Z` : text;
  const timeMs = /^\d{1,15}$/.test(text) ? Number(text) : iso ? Date.parse(withZone) : Number.NaN;
  if (Number.isNaN(timeMs))
    throw new InputError(`--at ${text} is no time; give ISO 8601 (2026-02-24T00:00:00Z) or epoch milliseconds`);
  return timeMs;
}

function readChallenge(text: string): Uint8Array {
  const bytes = text.startsWith("hex:") ? fromHex(text.slice(4)) : fromBase64(text);
  if (bytes === null) throw new InputError("--challenge is not standard base64 with padding; for hex write hex:0a1b");
  return bytes;
}

function readDigest(name: string, text: string): string {
  const hex = text.replaceAll(":", "").toLowerCase();
  if (!/^([0-9a-f]{2})+$/.test(hex)) throw new InputError(`${name} ${text} is not hex`);
  return hex;
}

function repeatable(flags: string, description: string): Option {
  return new Option(flags, `${description}; may be given several times`).argParser(
    (value: string, previous: readonly string[] | undefined) => [...(previous ?? []), value],
  );
}
