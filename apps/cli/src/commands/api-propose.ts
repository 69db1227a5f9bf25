import { writeFileSync } from "node:fs";
import { isHost } from "@countersign/protocol";
import type { Command } from "commander";
import { chainTable, type ShownCertificate, toShown } from "../chain-table.ts";
import type { CliContext } from "../cli-context.ts";
import { CliFailure, type ExitCode } from "../cli-failure.ts";
import { collect, defineCommand, type Outcome } from "../define-command.ts";
import type { Paint } from "../paint.ts";
import { printable } from "../printable.ts";
import { readInputFile } from "../read-input-file.ts";
import { splitPems } from "../split-pems.ts";
import { toFields } from "../table.ts";
import { wholeNumber } from "../whole-number.ts";

interface ProposeOptions {
  readonly port?: number;
  readonly id?: string;
  readonly ca?: readonly string[];
  readonly saveRoot?: string;
}

interface Proposal {
  readonly host: string;
  readonly port: number;
  readonly named: boolean;
  readonly store: boolean;
  readonly certificates: readonly ShownCertificate[];
  readonly pins: readonly { readonly pin: string; readonly of: string; readonly subject: string }[];
  readonly root: { readonly subject: string; readonly pem: string } | null;
  readonly commands: readonly string[];
}

/** `countersign api propose`: connects from this machine; needs no service. Ends with 1 where nothing can be proposed. */
export const apiProposeCommand = (context: CliContext, exit: (code: ExitCode) => void): Command =>
  defineCommand<ProposeOptions>(
    context,
    "api propose",
    "propose <host>",
    "Look at a host's live chain from here, and propose pins or a managed root with the command that declares them.",
    (command) =>
      command
        .option("--port <port>", "default 443", wholeNumber)
        .option("--id <id>", "id of the API in the command; default from the host")
        .option("--ca <file>", "PEM authorities that devices trust besides the public ones", collect)
        .option("--save-root <file>", "write the chain's root to a new PEM file, for --root"),
    ([host = ""], options) => runProposal(context, exit, host, options),
  );

/** What `api propose` does, also for `api add --propose`. */
export async function runProposal(
  context: CliContext,
  exit: (code: ExitCode) => void,
  host: string,
  options: ProposeOptions,
): Promise<Outcome> {
  const proposal = await propose(host, options);
  if (proposal.commands.length === 0) exit(1);
  return { json: proposal, text: toText(context.paint, proposal, options.saveRoot ?? null), of: "api propose" };
}

async function propose(host: string, { port = 443, id, ca, saveRoot }: ProposeOptions): Promise<Proposal> {
  if (!isHost(host) || port < 1 || port > 65_535) {
    throw new CliFailure("host_malformed", "Give a host in lower case without scheme or path, and a port to 65535.");
  }
  const { proposeChannel, readLiveChain } = await import("@countersign/server");
  const furtherCas = (ca ?? []).flatMap((file) => splitPems(file, readInputFile(file)));
  const answer = await readLiveChain({ host, port, pins: [], roots: [], furtherCas });
  if (!answer.ok) throw new CliFailure("host_unreachable", `${host}:${port} cannot be reached with TLS from here.`, 1);
  const { chain } = answer;
  const names = { id: id ?? idOf(host), host, port, rootFile: saveRoot ?? null };
  const { pins, root, commands } = proposeChannel(chain, names);
  if (saveRoot !== undefined) saveTo(saveRoot, root);
  const { named, store, certificates } = chain;
  return { host, port, named, store, certificates: toShown(certificates, Date.now()), pins, root, commands };
}

/** An id of the form the service takes, made of the host. */
function idOf(host: string): string {
  return (
    host
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-|-$/g, "")
      .slice(0, 48) || "api"
  );
}

function saveTo(file: string, root: Proposal["root"]): void {
  if (root === null)
    throw new CliFailure("root_unknown", "Neither the host nor the store has the root of this chain.", 1);
  try {
    writeFileSync(file, root.pem, { flag: "wx" });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new CliFailure("file_unwritable", `${file} cannot be written as a new file (${code}).`);
  }
}

function toText(paint: Paint, proposal: Proposal, rootFile: string | null): string {
  const { host, port, named, store, certificates, pins, root, commands } = proposal;
  const facts = toFields(paint, [
    ["host", `${host}:${port}`],
    ["name", named ? "the certificate names the host" : "the certificate does NOT name the host"],
    ["store", store ? "good for the public authorities and --ca" : "NOT good for the public authorities and --ca"],
  ]);
  const [byPins, byRoot] = [commands.find((text) => text.includes(" --pin ")), commands.at(-1)];
  const parts = [facts, "\n", chainTable(paint, certificates)];
  if (!named || !store) parts.push("\nApps would refuse this chain as it is: nothing is proposed.\n");
  if (byPins !== undefined) {
    const [leaf, issuer] = pins;
    parts.push(
      `\n${paint("bold", "Pins")} of the leaf (${printable(leaf?.subject ?? "")}) and of its authority (${printable(issuer?.subject ?? "")}):\n\n  ${printable(byPins)}\n`,
      "\nThe leaf's key may change with each renewal. The second pin is the way out: without one that still holds, every\n",
      "app is locked out until it holds a newer manifest. The authority's pin lets any of its customers' hosts that gets a\n",
      "certificate for this name pass; a backup key of your own, kept offline and pinned in its place, is stricter.\n",
    );
  } else if (named && store) {
    parts.push("\nThe chain shows one key alone. Pins need a second one: make a backup key and keep it offline.\n");
  }
  if (root !== null && named && store) {
    const how =
      rootFile === null ? "  add --save-root FILE to write it and see the command\n" : `  ${printable(byRoot ?? "")}\n`;
    parts.push(
      `\n${paint("bold", "Or a managed root")} (${printable(root.subject)}), which outlives keys and renewals:\n\n${how}`,
    );
  }
  return parts.join("");
}
