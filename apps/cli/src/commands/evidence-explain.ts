import { Command, Option } from "commander";
import { projectOption } from "../find-project.ts";
import type { EvidenceIo, ExplainFlags } from "./evidence-flags.ts";

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
