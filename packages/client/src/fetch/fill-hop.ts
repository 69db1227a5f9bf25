import { fillRequest, type ManifestApi, mayProceed, type StrictUrl } from "@countersign/protocol";
import { AgentError, type AgentErrorCode } from "../errors.ts";
import { type Headers, withHeader } from "./app-request.ts";
import type { PreparedHop } from "./prepare-hop.ts";
import type { RevealedValues } from "./revealed-values.ts";

/** What goes out on a protected hop. Holds secrets: it lives for the call of the transport alone. */
export interface FilledHop {
  readonly url: StrictUrl;
  readonly headers: Headers;
  readonly body: Uint8Array | null;
  /** The token that was added; null where none was. */
  readonly token: FilledToken | null;
  /** At least one secret of this request is filled by the broker. */
  readonly brokered: boolean;
  /** Secrets whose placeholder stands where no place allows it. */
  readonly unfilled: readonly string[];
}

/** A token and the header it is in, with its prefix, as they go out. */
export interface FilledToken {
  readonly name: string;
  readonly value: string;
  readonly token: string;
}

const refusals: Readonly<Record<string, AgentErrorCode>> = {
  url_refused: "url_refused",
  secret_unavailable: "secret_unavailable",
  secret_unfit: "request_refused",
};

/**
 * Delivered values from the session; the placeholder itself where the broker is to fill it; null where there is neither. Nothing rests on the
 * connection to the service, so a request that goes there carries no delivered value.
 */
function secretSource(
  hop: PreparedHop & { kind: "protected" },
  toBroker: boolean,
  revealed: RevealedValues,
): (name: string) => string | null {
  return (name) => {
    const mode = hop.session?.modeOf(name) ?? null;
    if (mode === "brokered") return hop.manifest.secrets.find((secret) => secret.name === name)?.placeholder ?? null;
    const value = mode === null || toBroker ? null : (hop.session?.revealSecret(name) ?? null);
    if (value !== null) revealed.add(value);
    return value;
  };
}

/** The token of this hop: its own where the API's count once, else the session's. */
function revealToken({ session, ownToken }: PreparedHop & { kind: "protected" }, api: ManifestApi): FilledToken | null {
  if (api.token?.limitedUse !== true) {
    const shared = session?.revealToken(api.api) ?? null;
    return shared === null ? null : { name: shared.header, value: shared.prefix + shared.token, token: shared.token };
  }
  const token = ownToken?.token.reveal() ?? null;
  ownToken?.token.wipe();
  return ownToken === null || token === null ? null : { name: ownToken.header, value: ownToken.prefix + token, token };
}

/** Fills the places of a hop and adds its token, in one synchronous step, so that nothing can change between judging and filling. */
export function fillHop(hop: PreparedHop & { kind: "protected" }, revealed: RevealedValues): FilledHop {
  const { manifest, match, session, mayAdd } = hop;
  const { url, method, headers, body } = hop.request;
  const brokered = match.demanded.filter((name) => session?.modeOf(name) === "brokered");
  const toBroker = brokered.length > 0;
  const secretOf = secretSource(hop, toBroker, revealed);
  const filled = fillRequest({ url, method, headers, body, manifest, secretOf });
  if (filled.kind === "unchanged") throw new AgentError("url_refused");
  if (filled.kind === "refused") throw new AgentError(refusals[filled.code] ?? "request_refused");
  const { api } = match;
  // A bearer token is held to the API's own connection as well.
  if (toBroker && api.token !== undefined) throw new AgentError("token_unavailable");
  const takesToken = api.token !== undefined && mayAdd;
  const token = takesToken ? revealToken(hop, api) : null;
  const mayGoWithout = session === null && mayProceed(manifest, api);
  if (takesToken && token === null && !mayGoWithout) throw new AgentError("token_unavailable");
  if (token !== null) revealed.add(token.token);
  return {
    url: filled.url,
    headers: token === null ? filled.headers : withHeader(filled.headers, token.name, token.value),
    body: filled.body,
    token,
    brokered: toBroker,
    unfilled: filled.unfilled.filter((name) => !brokered.includes(name)),
  };
}
