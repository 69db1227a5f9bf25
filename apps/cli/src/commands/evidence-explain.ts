import type { PlayDeviceLabel } from "@countersign/attestation";
import { Command, Option } from "commander";
import type { TraceAnswer } from "../answers.ts";
import { projectOption } from "../find-project.ts";

/** What the command needs of the world. `exit` is called once, last. */
export interface EvidenceIo {
  /** Read where the file is `-`. */
  readonly stdin: AsyncIterable<Uint8Array | string>;
  stdout(text: string): void;
  stderr(text: string): void;
  /** 0 accepted, 1 refused, 2 the input cannot be read. */
  exit(code: 0 | 1 | 2): void;
  nowMs(): number;
  /** The trace behind an ARC, from the service that is logged in to. Only `--arc` asks for it. */
  readTrace(arc: string, project: string | undefined): Promise<TraceAnswer>;
}

/** The options of `evidence explain`, by name. */
export interface ExplainFlags {
  readonly base64?: string;
  readonly arc?: string;
  readonly project?: string;
  readonly at?: string;
  readonly json?: true;
  readonly challenge?: string;
  readonly package?: readonly string[];
  readonly signingDigest?: readonly string[];
  readonly bootKey?: readonly string[];
  readonly revocationList?: string;
  readonly enrolment?: true;
  readonly requestHash?: string;
  readonly deviceLabel?: readonly PlayDeviceLabel[];
  readonly playDecryptionKey?: string;
  readonly playVerificationKey?: string;
}

/** `countersign evidence`: the attestation doctor. Offline, but for `--arc`. */
export function evidenceCommand(io: EvidenceIo): Command {
  const explain = new Command("explain")
    .description("Say what a piece of evidence proves, check by check, and why it is accepted or refused.")
    .argument("[file]", "the evidence, or - for standard input; docs/evidence.md names the forms")
    .option("--base64 <text>", "the evidence itself, in base64, in place of a file")
    .option("--arc <code>", "what the service judged behind an ARC, in place of a file; the look-up is audited")
    .option(...projectOption)
    .option(
      "--at <time>",
      "judge at this time: ISO 8601 (UTC where no zone is named) or epoch milliseconds; default now",
    )
    .option("--json", "print one JSON object")
    .option("--challenge <base64>", "the exact attestationChallenge or nonce, in base64, or in hex as hex:0a1b")
    .addOption(repeatable("--package <name>", "registered package name"))
    .addOption(repeatable("--signing-digest <hex>", "registered SHA-256 of the signing certificate"))
    .addOption(repeatable("--boot-key <hex>", "verified boot key that is trusted where the system is self-signed"))
    .option("--revocation-list <file>", "Google's attestation status list, JSON")
    .option("--enrolment", "also what holds of evidence just made: the key's parameters, a receipt's type and age")
    .option("--request-hash <text>", "the requestHash of a standard Play Integrity request")
    .addOption(repeatable("--device-label <label>", "device label that Play Integrity must give"))
    .option("--play-decryption-key <file>", "the Play Console's response decryption key, to open a classic token")
    .option("--play-verification-key <file>", "the Play Console's response verification key")
    .action(async (file: string | undefined, flags: ExplainFlags) => {
      // The verifiers are read when they are needed: every other command starts sooner without them.
      const { runExplain } = await import("./evidence-run.ts");
      await runExplain(file, flags, io);
    });
  return new Command("evidence").description("Look at platform evidence.").addCommand(explain);
}

function repeatable(flags: string, description: string): Option {
  return new Option(flags, `${description}; may be given several times`).argParser(
    (value: string, previous: readonly string[] | undefined) => [...(previous ?? []), value],
  );
}
