import { type Command, Option } from "commander";
import type { CliContext } from "../cli-context.ts";
import { CliFailure, type ExitCode } from "../cli-failure.ts";
import { defineCommand } from "../define-command.ts";

interface ScanCommandOptions {
  readonly failOn: "secret" | "suspicious";
  readonly allow?: string;
  readonly includeIgnored?: true;
}

/** Files between two words of progress. */
const STEP = 64;

/** `countersign scan`: keys that are hard-coded in an app. Needs no service. */
export const scanCommand = (context: CliContext, exit: (code: ExitCode) => void): Command =>
  defineCommand<ScanCommandOptions>(
    context,
    "scan",
    "scan <input>",
    "List the keys hard-coded in an app (folder, APK, AAB, IPA or file), and what to do with each.",
    (command) =>
      command
        .addOption(
          new Option("--fail-on <severity>", "least severity that ends with 1")
            .choices(["secret", "suspicious"])
            .default("secret"),
        )
        .option("--allow <file>", "JSON file of accepted findings, each with a reason")
        .option("--include-ignored", "read what no build ships too: node_modules, .git, tests, lock files"),
    async ([input = ""], { failOn, allow, includeIgnored }) => {
      const { readAllowFile, scanInput, toExitCode, toScanReport, toScanText } = await import("../scan/index.ts");
      const accepted = allow === undefined ? new Map<string, string>() : readAllowFile(allow);
      const progress = context.io.isErrorTerminal === true ? showProgress(context) : undefined;
      const result = await scanInput(input, {
        includeIgnored: includeIgnored === true,
        nowMs: Date.now(),
        ...(progress && { progress: progress.show }),
      });
      progress?.end();
      if (result === null) throw new CliFailure("file_unreadable", `${input} cannot be read.`);
      const report = toScanReport(input, result, accepted);
      exit(toExitCode(report, failOn));
      return { json: report, text: toScanText(context.paint, report) };
    },
  );

/** One line on standard error that is written over, and cleared at the end. */
function showProgress({ io }: CliContext) {
  return {
    show: (files: number, bytes: number): void => {
      if (files % STEP === 0) io.stderr(`\r\u001b[K${files} files, ${(bytes / 1e6).toFixed(0)} MB`);
    },
    end: (): void => io.stderr("\r\u001b[K"),
  };
}
