import type { ApiAnswer } from "./answers.ts";
import type { Outcome } from "./define-command.ts";
import type { Paint } from "./paint.ts";
import { toFields, toTime } from "./table.ts";

/** An API as commands print it. */
export function toApiOutcome(paint: Paint, api: ApiAnswer, next: string | null = null): Outcome {
  const { token } = api;
  const text = toFields(paint, [
    ["id", api.id],
    ["address", `https://${api.host}:${api.port}`],
    ["channel", api.channel],
    ["pins", api.pins.join(", ") || "-"],
    ["roots", api.roots.length === 0 ? "-" : String(api.roots.length)],
    ["token", token === null ? "-" : `${token.header}: ${token.prefix}… for ${api.tokenSeconds} s`],
    ...(token === null ? [] : [["signed", `${token.alg}, profile ${token.profile}`] as const]),
    ...(token === null || token.proof === "none" ? [] : [["proof", token.proof] as const]),
    ...(token?.limitedUse ? [["limited use", "each token counts once"] as const] : []),
    ...(token?.customClaims ? [["custom claims", "the app's own, in custom"] as const] : []),
    ["without session", api.whenUnavailable],
    ...(api.links === null ? [] : [["links", toLinksText(api.links)] as const]),
    ...(next === null ? [] : [["next", next] as const]),
    ["certificate", toChainText(api.chain)],
    ...(api.chain?.findings ?? []).map(
      ({ problem, certificate }) => ["warning", toWarning(problem, certificate)] as const,
    ),
  ]);
  return { json: api, text };
}

const toLinksText = ({ to, seconds }: NonNullable<ApiAnswer["links"]>): string =>
  `through the broker to ${to.map(({ api, path }) => (path === "/" ? api : api + path)).join(", ")}, for ${seconds} s`;

function toChainText(chain: ApiAnswer["chain"]): string {
  if (chain === null) return "not looked at yet";
  const [leaf] = chain.certificates;
  const seen = `seen ${toTime(chain.checkedAtMs)} UTC`;
  if (leaf === undefined) return seen;
  const changed = chain.changedAtMs === null ? "" : `, changed ${toTime(chain.changedAtMs)} UTC`;
  return `${leaf.subject} of ${leaf.issuer}, ends ${toTime(leaf.notAfterMs)} UTC, ${seen}${changed}`;
}

const toWarning = (problem: string, certificate: string | null): string =>
  certificate === null ? problem : `${problem}: ${certificate}`;
