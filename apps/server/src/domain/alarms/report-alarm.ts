import { timingSafeEqual } from "node:crypto";
import { type DeviceProblem, problem } from "../device/outcome.ts";
import type { AlarmHook, AlarmSource, Ledger, RecordStore } from "../ports/index.ts";
import type { AlarmBook } from "./alarm-book.ts";
import { hookTokenHash, isHookToken } from "./hook-token.ts";

const failuresPerMinute = 20;
const reportsPerHookPerMinute = 60;
const mostTextCharacters = 256;
const mostAgentCharacters = 120;

export interface AlarmReportDeps {
  readonly store: Pick<RecordStore, "alarmHooks" | "decoySecrets">;
  readonly ledger: Pick<Ledger, "take">;
  readonly book: Pick<AlarmBook, "raise">;
}

/** What somebody outside sent to a hook. */
export interface AlarmReport {
  /** What the report's body says, of any form. */
  readonly body: unknown;
  readonly userAgent: string | null;
  /** The caller's network, as a keyed hash. */
  readonly network: string;
}

/**
 * The hook whose token this is, of this project. Hashes alone are looked up and compared; failures count against the caller's network. A
 * hook of another project looks like one that is not there.
 */
export async function authenticateHook(
  { store, ledger }: Pick<AlarmReportDeps, "store" | "ledger">,
  project: string,
  token: string,
  network: string,
): Promise<{ readonly ok: true; readonly hook: AlarmHook } | DeviceProblem> {
  if (isHookToken(token)) {
    const hash = hookTokenHash(token);
    const hook = await store.alarmHooks.byTokenHash(hash);
    if (hook?.project === project && timingSafeEqual(Buffer.from(hook.tokenHash, "hex"), Buffer.from(hash, "hex")))
      return { ok: true, hook };
  }
  if (!(await ledger.take(`service:hook-failures:${network}`, failuresPerMinute, 60)))
    return problem("slow_down", "too many failed attempts", { retryAfterSeconds: 60 });
  return problem("not_found", "no such hook");
}

/** Raises an alarm for a report. Of its body two members count: `decoy`, where it is the name of one, and `text`, bounded and printable. */
export async function reportAlarm(
  { store, ledger, book }: AlarmReportDeps,
  hook: AlarmHook,
  { body, userAgent, network }: AlarmReport,
): Promise<{ readonly ok: true } | DeviceProblem> {
  const { project, name } = hook;
  if (!(await ledger.take(`${project}:hook:${name}`, reportsPerHookPerMinute, 60)))
    return problem("slow_down", "too many reports of one hook", { retryAfterSeconds: 60 });
  const said: Readonly<Record<string, unknown>> = typeof body === "object" && body !== null ? { ...body } : {};
  const decoy = hook.decoy ?? (await nameOf(store, project, said.decoy));
  const agent = userAgent === null ? "" : toPrintable(userAgent, mostAgentCharacters);
  const text = typeof said.text === "string" ? toPrintable(said.text, mostTextCharacters) : "";
  const who: AlarmSource = {
    hook: name,
    network,
    ...(agent !== "" && { userAgent: agent }),
    ...(text !== "" && { text }),
  };
  book.raise({ project, kind: "reported", decoy, where: "webhook", who });
  return { ok: true };
}

async function nameOf(
  store: Pick<RecordStore, "decoySecrets">,
  project: string,
  named: unknown,
): Promise<string | null> {
  if (typeof named !== "string") return null;
  return (await store.decoySecrets.list(project)).find(({ name }) => name === named)?.name ?? null;
}

/** ASCII that prints, the rest as `?`. What a value of a key could be is not kept: a run of 16 and more letters and digits is `…`. */
function toPrintable(text: string, most: number): string {
  return text
    .slice(0, most * 4)
    .replaceAll(/[^ -~]/g, "?")
    .replaceAll(/[A-Za-z0-9+/_=-]{16,}/g, "...")
    .slice(0, most)
    .trim();
}
