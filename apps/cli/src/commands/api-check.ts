import type { Command } from "commander";
import type { ApiAnswer } from "../answers.ts";
import { chainTable, type ShownCertificate, toShown } from "../chain-table.ts";
import type { CliContext } from "../cli-context.ts";
import type { ExitCode } from "../cli-failure.ts";
import { collect, defineCommand } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import type { Paint } from "../paint.ts";
import { printable } from "../printable.ts";
import { readInputFile } from "../read-input-file.ts";
import { splitPems } from "../split-pems.ts";
import { wholeNumber } from "../whole-number.ts";

interface CheckOptions extends ProjectOption {
  readonly days?: number;
  readonly ca?: readonly string[];
}

interface CheckedApi {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly channel: string;
  readonly ok: boolean;
  readonly certificates: readonly ShownCertificate[];
  readonly findings: readonly {
    readonly problem: string;
    readonly certificate: string | null;
    readonly endsAtMs: number | null;
    readonly text: string;
  }[];
}

/** Hosts that are looked at at once. */
const atOnce = 8;

/** `countersign api check`: connects from this machine. Ends with 1 where anything is found. */
export const apiCheckCommand = (context: CliContext, exit: (code: ExitCode) => void): Command =>
  defineCommand<CheckOptions>(
    context,
    "api check",
    "check [id]",
    "Compare live chains, as they are seen from here, with what is declared: one API's, or those of all.",
    (command) =>
      command
        .option(...projectOption)
        .option("--days <n>", "tell of what ends within; default 30, or the last third of a short life", wholeNumber)
        .option("--ca <file>", "PEM authorities that devices trust besides the public ones", collect),
    async ([id], { project, days, ca }) => {
      const { client, path } = await openProject(context, project);
      const furtherCas = (ca ?? []).flatMap((file) => splitPems(file, readInputFile(file)));
      const declared =
        id === undefined
          ? ((await client.get(path("apis"))) as { apis: readonly ApiAnswer[] }).apis
          : [(await client.get(path("apis", id))) as ApiAnswer];
      const waiting = [...declared.entries()];
      const apis: CheckedApi[] = [];
      const lane = async (): Promise<void> => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const [index, api] = next;
          apis[index] = await check(api, { nowMs: Date.now(), ...(days !== undefined && { days }) }, furtherCas);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, lane));
      const ok = apis.every((api) => api.ok);
      if (!ok) exit(1);
      return { json: { ok, apis }, text: apis.map((api) => toText(context.paint, api)).join("\n") || "No API yet.\n" };
    },
  );

async function check(
  api: ApiAnswer,
  terms: { readonly nowMs: number; readonly days?: number },
  furtherCas: readonly string[],
): Promise<CheckedApi> {
  const { chainSentence, judgeChain, readLiveChain } = await import("@countersign/server");
  const { id, host, port, channel, pins, roots } = api;
  const answer = await readLiveChain({ host, port, pins, roots, furtherCas });
  const findings = judgeChain({ channel, roots }, answer, terms);
  return {
    id,
    host,
    port,
    channel,
    ok: findings.length === 0,
    certificates: answer.ok ? toShown(answer.chain.certificates, terms.nowMs) : [],
    findings: findings.map((finding) => ({ ...finding, text: chainSentence(finding) })),
  };
}

function toText(paint: Paint, { id, host, port, channel, ok, certificates, findings }: CheckedApi): string {
  const verdict = ok ? paint("green", "good") : paint("red", "not good");
  const told = findings.map(({ text }) => `  ${paint("yellow", "warning")}: ${printable(text)}\n`).join("");
  const head = `${paint("bold", printable(id))}  https://${printable(host)}:${port}, channel ${printable(channel)}: ${verdict}\n`;
  return `${head}${told}${certificates.length === 0 ? "" : chainTable(paint, certificates)}`;
}
