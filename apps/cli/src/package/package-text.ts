import type { PackageProblem, PackageReport } from "@countersign/app-package";
import type { Paint } from "../paint.ts";
import { printable } from "../printable.ts";
import { toFields } from "../table.ts";

/** What a package says of itself, for people. */
export function toPackageText(paint: Paint, report: PackageReport): string {
  const fields: (readonly [string, string])[] = [
    ["format", report.format ?? "unknown"],
    ["id", report.id ?? "-"],
    [
      "version",
      [report.versionName, report.versionCode === null ? null : `(${report.versionCode})`].filter(isThere).join(" ") ||
        "-",
    ],
    ["debuggable", toWord(report.debuggable)],
    ["verified", report.verified ? "yes" : "NO"],
    [
      "schemes",
      Object.keys(report.schemes)
        .filter((scheme) => report.schemes[scheme])
        .join(", ") || "none",
    ],
    ...report.signers.map((signer): readonly [string, string] => ["signer", `${signer.certSha256}${toRange(signer)}`]),
    ...report.lineage.map((link): readonly [string, string] => [
      "lineage",
      `${link.certSha256} ${link.capabilities.join(", ")}`.trimEnd(),
    ]),
    ...(report.appId === null ? [] : [["app id", report.appId] as const]),
    ...(report.teamId === null ? [] : [["team id", report.teamId] as const]),
  ];
  return [
    toFields(paint, fields),
    ...report.errors.map((problem) => `${paint("red", "error")}    ${toLine(problem)}\n`),
    ...report.ambiguities.map((problem) => `${paint("yellow", "ambiguous")}  ${toLine(problem)}\n`),
    ...firstOfEach(report.warnings).map((line) => `${paint("yellow", "warning")}  ${line}\n`),
  ].join("");
}

/** One line for each code: Gradle alone leaves dozens of files that a JAR signature does not cover. */
function firstOfEach(problems: readonly PackageProblem[]): readonly string[] {
  const byCode = Map.groupBy(problems, ({ code }) => code);
  return [...byCode.values()].flatMap(([first, ...more]) => {
    if (first === undefined) return [];
    return [more.length === 0 ? toLine(first) : `${toLine(first)}, and ${more.length} more`];
  });
}

/** One problem in one line. */
export function toLine({ code, detail }: PackageProblem): string {
  return printable(`${code}: ${detail}`);
}

function isThere(text: string | null): text is string {
  return text !== null && text !== "";
}

function toWord(value: boolean | null): string {
  return value === null ? "-" : value ? "yes" : "no";
}

function toRange({ minSdk, maxSdk }: PackageReport["signers"][number]): string {
  if (minSdk === undefined && maxSdk === undefined) return "";
  if (maxSdk === undefined) return ` (from API level ${minSdk})`;
  return minSdk === undefined ? ` (up to API level ${maxSdk})` : ` (API levels ${minSdk} to ${maxSdk})`;
}
