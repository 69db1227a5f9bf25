import type { Command } from "commander";
import type { CliContext } from "../cli-context.ts";
import type { ExitCode } from "../cli-failure.ts";
import { defineCommand } from "../define-command.ts";
import { apiLevel } from "../package/api-level.ts";
import { inspectFile } from "../package/inspect-file.ts";
import { toPackageText } from "../package/package-text.ts";

interface InspectCommandOptions {
  readonly minSdk?: number;
  readonly maxSdk?: number;
  readonly v4Signature?: string;
}

/** `countersign app inspect`: who a build is, and whether its signatures hold. Needs no service. */
export const inspectCommand = (context: CliContext, exit: (code: ExitCode) => void): Command =>
  defineCommand<InspectCommandOptions>(
    context,
    "app inspect",
    "inspect <file>",
    "Show who an APK, AAB or IPA is, and whether its signatures hold.",
    (command) =>
      command
        .option("--min-sdk <n>", "lowest API level to judge an APK for; default its own minSdkVersion", apiLevel)
        .option("--max-sdk <n>", "highest API level to judge an APK for; default all there will be", apiLevel)
        .option("--v4-signature <file>", "the .idsig file of an APK, to judge scheme v4 too"),
    async ([file = ""], options) => {
      const { minSdk, maxSdk, v4Signature } = options;
      const report = await inspectFile(context, file, { nowMs: Date.now(), minSdk, maxSdk }, v4Signature);
      exit(report.verified ? 0 : 1);
      return { json: report, text: toPackageText(context.paint, report) };
    },
  );
