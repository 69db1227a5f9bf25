import type { Paint } from "../paint.ts";
import { printable } from "../printable.ts";
import type { Where } from "./ledger.ts";
import type { ReportedFinding, ScanReport } from "./scan-report.ts";

const colour = { secret: "red", suspicious: "yellow", "public-by-design": "green" } as const;
const MOST_UNREADABLE = 20;

/** The report as people read it. Everything that comes out of the scanned files is made printable. */
export function toScanText(paint: Paint, report: ScanReport): string {
  const open = report.findings.filter(({ allowed }) => allowed === null);
  return (
    [...open.map((finding) => toBlock(paint, finding)), ...unreadableLines(report), ...summary(report)].join("\n") +
    "\n"
  );
}

function toBlock(paint: Paint, finding: ReportedFinding): string {
  const { id, severity, kind, excerpt, name, details, where, occurrences, advice } = finding;
  const said = [name === null ? null : `as ${name}`, details].filter((part) => part !== null).join(", ");
  const rest = occurrences > where.length ? [`  and ${occurrences - where.length} more`] : [];
  const lines = [
    `${paint(colour[severity], severity)}  ${paint("bold", kind)}  ${printable(excerpt)}${said === "" ? "" : `  ${printable(said)}`}  ${paint("dim", id)}`,
    ...where.map((place) => `  ${printable(toPlace(place))}`),
    ...rest,
    `  → ${advice.text}`,
    ...advice.commands.map((command) => `    ${printable(command)}`),
  ];
  return `${lines.join("\n")}\n`;
}

function toPlace({ file, line, column, offset }: Where): string {
  return line === null ? `${file} at byte ${offset}` : `${file}:${line}:${column}`;
}

function unreadableLines({ unreadable }: ScanReport): readonly string[] {
  const lines = unreadable
    .slice(0, MOST_UNREADABLE)
    .map(
      ({ file, reason, readAs }) =>
        `unreadable  ${printable(file)}  ${reason.replace("_", " ")}${readAs === "raw" ? ", read as raw characters" : ", not read"}`,
    );
  const rest = unreadable.length - lines.length;
  return lines.length === 0 ? [] : [...lines, ...(rest > 0 ? [`and ${rest} more`] : []), ""];
}

function summary({ counts, harmless, read, unknownAllowed }: ScanReport): readonly string[] {
  const size = (read.bytes / 1e6).toFixed(1);
  return [
    `${counts.secret} secret, ${counts.suspicious} suspicious, ${counts.publicByDesign} public by design, ${counts.allowed} accepted; ${read.files} files, ${size} MB, ${read.skipped} passed over`,
    ...(harmless.placeholders + harmless.configurations > 0
      ? [
          `Harmless: ${harmless.placeholders} placeholders, ${harmless.configurations} configuration strings of Countersign.`,
        ]
      : []),
    ...(unknownAllowed.length > 0
      ? [`Accepted, and found no more: ${unknownAllowed.join(", ")}. Take them out of the list.`]
      : []),
  ];
}
