import { readFile, stat } from "node:fs/promises";
import {
  type ExplainOptions,
  type ExplainResult,
  explainEvidence,
  explainPlayToken,
  fromBase64,
  fromHex,
  loadRevocationListFile,
  type PlayDeviceLabel,
  type PlayIntegrityKeys,
  parsePlayIntegrityKeys,
  printable,
  renderExplanation,
  toExplanationJson,
} from "@countersign/attestation";
import { fromUtf8 } from "@countersign/protocol";
import type { EvidenceIo, ExplainFlags } from "./evidence-flags.ts";
import { explainTrace } from "./evidence-trace.ts";

const maximumBytes = 1024 * 1024;
const deviceLabels: readonly PlayDeviceLabel[] = [
  "MEETS_BASIC_INTEGRITY",
  "MEETS_DEVICE_INTEGRITY",
  "MEETS_STRONG_INTEGRITY",
  "MEETS_VIRTUAL_INTEGRITY",
];

/** An argument or file that cannot be read; its message is the one line that the user sees. */
class InputError extends Error {}

/** Reads and judges what the flags name, prints it, and tells the exit code. */
export async function runExplain(file: string | undefined, flags: ExplainFlags, io: EvidenceIo): Promise<void> {
  try {
    const result = flags.arc === undefined ? await explainInput(file, flags, io) : await explainArc(file, flags, io);
    if (!result.ok) throw new InputError(result.message);
    const { explanation } = result;
    const text = flags.json
      ? `${JSON.stringify(toExplanationJson(explanation), null, 2)}\n`
      : renderExplanation(explanation);
    io.stdout(text);
    io.exit(explanation.verdict === "accepted" ? 0 : 1);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    io.stderr(`countersign: ${printable(error.message, 400)}\n`);
    io.exit(2);
  }
}

async function explainArc(file: string | undefined, flags: ExplainFlags, io: EvidenceIo): Promise<ExplainResult> {
  const { arc = "", project, json: _, ...others } = flags;
  if (file !== undefined || Object.keys(others).length > 0)
    throw new InputError("--arc shows what was judged; give it with --project and --json alone");
  return explainTrace(await io.readTrace(arc, project));
}

async function explainInput(file: string | undefined, flags: ExplainFlags, io: EvidenceIo): Promise<ExplainResult> {
  if (flags.project !== undefined) throw new InputError("--project belongs to --arc; evidence is judged offline");
  if ((file === undefined) === (flags.base64 === undefined))
    throw new InputError("give a file, - for standard input, or --base64: exactly one of them");
  const options = await toOptions(flags, io);
  const keys = await readPlayKeys(flags);
  const input = flags.base64 ?? (file === "-" ? await readStdin(io) : await readBytes(file ?? ""));
  const name = flags.base64 === undefined ? (file ?? "") : "--base64";
  const text = typeof input === "string" ? input : (fromUtf8(input) ?? "");
  const result = keys === null ? explainEvidence(input, options) : await explainPlayToken(text, keys, options);
  return result.ok ? result : { ok: false, message: `${name}: ${result.message}` };
}

async function toOptions(flags: ExplainFlags, io: EvidenceIo): Promise<ExplainOptions> {
  const wrong = flags.deviceLabel?.find((label) => !deviceLabels.includes(label));
  if (wrong !== undefined)
    throw new InputError(`--device-label ${wrong} is no label; there are ${deviceLabels.join(", ")}`);
  return {
    nowMs: flags.at === undefined ? io.nowMs() : readTime(flags.at),
    challenge: flags.challenge === undefined ? null : readChallenge(flags.challenge),
    packageNames: flags.package ?? null,
    signingDigests: flags.signingDigest?.map((text) => readDigest("--signing-digest", text)) ?? null,
    verifiedBootKeys: flags.bootKey?.map((text) => readDigest("--boot-key", text)) ?? [],
    revocation: flags.revocationList === undefined ? null : await readRevocationList(flags.revocationList),
    enrolment: flags.enrolment === true,
    requestHash: flags.requestHash ?? null,
    deviceLabels: flags.deviceLabel ?? null,
  };
}

/** Keys come as files: other users see arguments in the process list. */
async function readPlayKeys(flags: ExplainFlags): Promise<PlayIntegrityKeys | null> {
  const { playDecryptionKey: decryption, playVerificationKey: verification } = flags;
  if (decryption === undefined && verification === undefined) return null;
  if (decryption === undefined || verification === undefined)
    throw new InputError("a classic token needs both --play-decryption-key and --play-verification-key");
  const read = async (file: string) => fromUtf8(await readBytes(file))?.trim() ?? "";
  const keys = parsePlayIntegrityKeys({
    decryptionKey: await read(decryption),
    verificationKey: await read(verification),
  });
  if (keys === null)
    throw new InputError(
      "the Play Integrity keys cannot be read; give each in a file, in base64 as the Play Console shows it",
    );
  return keys;
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    // A device or pipe might never end; evidence is a file.
    const about = await stat(path);
    if (!about.isFile())
      throw new InputError(`${path} is no file; give the path of the evidence, or - for standard input`);
    if (about.size > maximumBytes) throw new InputError(`${path} is larger than 1 MiB; give one piece of evidence`);
    return await readFile(path);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new InputError(`${path} cannot be read (${code}); give the path of a file`);
  }
}

async function readStdin({ stdin }: EvidenceIo): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > maximumBytes) throw new InputError("standard input is larger than 1 MiB; give one piece of evidence");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
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
