import { decodeBase64url, type Manifest, type ManifestApi } from "@countersign/protocol";
import { AgentError, type AgentErrorCode } from "../errors.ts";
import type { ChannelPolicy } from "../ports.ts";
import type { Signals } from "../signals/signals.ts";

export const systemPolicy: ChannelPolicy = { channel: "system", pins: [], roots: [] };

/** The policy of an API's connections. A channel this version does not know is refused. */
export function policyOf(manifest: Manifest, api: ManifestApi): ChannelPolicy {
  if (api.channel === "unknown") throw new AgentError("channel_refused");
  const roots = manifest.roots.map((der) => decodeBase64url(der)).filter((der) => der !== null);
  return { channel: api.channel, pins: api.pins, roots };
}

const codes: Readonly<Record<string, AgentErrorCode>> = {
  channel_refused: "channel_refused",
  aborted: "aborted",
};

/**
 * Runs a call of a transport and turns its errors into the agent's own, by their code alone: a message of a transport may hold an address.
 * A peer that did not prove itself is a signal of the next statement.
 */
export async function callChannel<T>(call: () => Promise<T>, signals: Signals, api: string | null): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const { code } = (typeof error === "object" && error !== null ? error : {}) as { code?: unknown };
    const known = (typeof code === "string" ? codes[code] : undefined) ?? "network_failed";
    if (known === "channel_refused" && api !== null) signals.raise("mitm", api);
    throw new AgentError(known);
  }
}
