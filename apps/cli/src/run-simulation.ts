import type { CliContext } from "./cli-context.ts";
import type { ExitCode } from "./cli-failure.ts";
import type { Outcome } from "./define-command.ts";
import { openProject } from "./find-project.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { toTable, toTime } from "./table.ts";

interface SimulationAnswer {
  readonly lockedOut: readonly {
    readonly app: string;
    readonly platform: string;
    readonly version: string;
    readonly build: string;
    readonly sdk: string;
    readonly api: string | null;
    readonly reason: string;
    readonly instances: number;
    readonly lastSeenMs: number;
    readonly fromMs: number;
  }[];
  readonly notJudged: readonly { readonly what: string; readonly name: string }[];
  readonly versions: number;
}

/** Asks the service what a change would lock out; exit status 1 where that is not nothing, or cannot be told. */
export async function runSimulation(
  context: CliContext,
  exit: (code: ExitCode) => void,
  project: string | undefined,
  change: object,
): Promise<Outcome> {
  const { client, path } = await openProject(context, project);
  const answer = (await client.send("POST", path("simulations"), change)) as SimulationAnswer;
  const ok = answer.lockedOut.length === 0 && answer.notJudged.length === 0;
  if (!ok) exit(1);
  return { json: { ok, ...answer }, text: toText(context.paint, answer) };
}

const head = [
  "APP",
  "PLATFORM",
  "VERSION",
  "BUILD",
  "SDK",
  "API",
  "REASON",
  "INSTANCES",
  "LAST SEEN (UTC)",
  "FROM (UTC)",
];

const meanings: Readonly<Record<string, string>> = {
  chain: "the live chain of the API could not be read",
  host: "devices refuse the host's certificate by themselves",
  sdk: "nobody wrote down what this agent knows",
  setting: "this setting refuses by device, not by version",
};

function toText(paint: Paint, { lockedOut, notJudged, versions }: SimulationAnswer): string {
  const rows = lockedOut.map((each) => [
    each.app,
    each.platform,
    each.version,
    each.build,
    each.sdk,
    each.api ?? "-",
    each.reason,
    `~${each.instances}`,
    toTime(each.lastSeenMs),
    toTime(each.fromMs),
  ]);
  const looked = versions === 1 ? "1 version that was" : `${versions} versions that were`;
  const open = notJudged.map(
    ({ what, name }) => `${paint("yellow", "not judged")}: ${printable(name)}: ${meanings[what] ?? printable(what)}\n`,
  );
  return `${toTable(paint, head, rows, `Locks out none of ${looked} seen.`)}${open.join("")}`;
}
