import { timingSafeEqual } from "node:crypto";
import { isSignatureInTime, limits, type Pass, parseSignature } from "@countersign/protocol";
import { hmacSha256 } from "@countersign/protocol/server";
import type { Budgets } from "../../config.ts";
import type { Ledger, OnceLedger } from "../ports/index.ts";
import type { ProjectContexts } from "../project/project-contexts.ts";
import { openBearerPass } from "./open-bearer-pass.ts";
import { type DeviceProblem, problem } from "./outcome.ts";
import type { Standing } from "./standing.ts";

/** A request to watch as it came: the raw target and the three headers, each null unless sent exactly once. */
export interface WatchCall {
  readonly project: string;
  readonly rawTarget: string;
  readonly pass: string | null;
  readonly signatureInput: string | null;
  readonly signature: string | null;
}

export interface WatchDeps {
  readonly contexts: ProjectContexts;
  readonly standing: Standing;
  readonly ledger: OnceLedger & Pick<Ledger, "take" | "epochMs">;
  readonly budgets: Pick<Budgets, "watchesPerInstancePerMinute">;
  readonly clock: { nowMs(): number };
  /** Origins this service is known by. */
  readonly origins: () => readonly string[];
}

/** Who watches: an unexpired pass of the project, the MAC of its bearer over this request, fresh and made since the ledger began, within its budget, its nonce new, and no ban. */
export async function checkWatch(
  deps: WatchDeps,
  call: WatchCall,
): Promise<{ readonly ok: true; readonly pass: Pass; readonly decoy: boolean } | DeviceProblem> {
  const context = await deps.contexts.get(call.project);
  if (context === null) return problem("unknown_project", "no project of this id");
  const opened = call.pass === null ? null : openBearerPass(context, call.pass);
  const nowMs = deps.clock.nowMs();
  if (opened === null || call.pass === null || nowMs >= opened.pass.exp * 1000) {
    return problem("pass_invalid", "the pass cannot be used");
  }
  const { pass, proofKey, decoy } = opened;
  const { signatureInput, signature } = call;
  if (signatureInput === null || signature === null) return problem("signature_invalid", "the MAC is missing");
  const header = { name: "countersign-pass", value: call.pass };
  const verified = deps
    .origins()
    .map((origin) => ({ method: "GET", targetUri: origin + call.rawTarget, contentDigest: null, header }))
    .map((covered) => parseSignature({ signatureInput, signature }, covered))
    .find((parsed) => parsed.ok && isEqual(hmacSha256(proofKey, parsed.value.base), parsed.value.signature));
  if (verified?.ok !== true || verified.value.keyid !== pass.session) {
    return problem("signature_invalid", "the MAC does not verify");
  }
  if (!isSignatureInTime(verified.value, nowMs / 1000)) return problem("signature_invalid", "the MAC is out of time");
  const { ledger } = deps;
  // `created` is a whole second: one in which the ledger began may be from before it, unless the pass is younger.
  const epochMs = await ledger.epochMs();
  if (pass.issuedAtMs < epochMs && verified.value.created * 1000 < epochMs)
    return problem("request_replayed", "the request may be older than the ledger");
  const budget = deps.budgets.watchesPerInstancePerMinute;
  if (!(await ledger.take(`${call.project}:watch:${pass.instance}`, budget, 60)))
    return problem("slow_down", "too many requests to watch");
  const key = `${call.project}:watch:${pass.session}:${verified.value.nonce}`;
  if (!(await ledger.once(key, 2 * limits.signatureSeconds + 1)))
    return problem("request_replayed", "the nonce was seen");
  const { banned, quarantined } = deps.standing.of(call.project, pass.instance, pass.subject);
  // A decoy is not told that it is one: its stream goes on as any other, and brings as little.
  const isTold = context.project.settings.decoy !== true;
  return isTold && (banned || quarantined)
    ? problem("pass_withdrawn", "banned or quarantined")
    : { ok: true, pass, decoy };
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
