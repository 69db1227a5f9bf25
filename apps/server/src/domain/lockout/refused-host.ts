import type { Manifest, ManifestApi } from "@countersign/protocol";
import type { ChainAnswer, FleetVersion } from "../ports/index.ts";
import type { LockoutReason } from "./lockout-reasons.ts";
import type { SdkKnowledge } from "./sdk-knowledge.ts";

/** Why an agent takes no manifest of this content; null: it takes it. Pure. */
export function refusedManifest(manifest: Manifest, bytes: number, sdk: SdkKnowledge): LockoutReason | null {
  if (bytes > sdk.manifestBytes) return "manifest_too_large";
  const { apis, secrets, roots } = manifest;
  const isBeyond =
    apis.length > sdk.apis ||
    secrets.length > sdk.secrets ||
    roots.length > sdk.roots ||
    apis.some(({ pins }) => pins.length > sdk.pins) ||
    secrets.some(({ places }) => places.length > sdk.places);
  return isBeyond ? "manifest_unreadable" : null;
}

/** Why calls of an API fail in this version: its agent refuses the host, or backends refuse what it sends. Null: they do not. Pure. */
export function refusedHost(
  api: ManifestApi,
  chain: ChainAnswer | undefined,
  { platform }: Pick<FleetVersion, "platform">,
  sdk: SdkKnowledge,
): LockoutReason | null {
  const { channel, proof, token } = api;
  if (!sdk.channels.some((known) => known === channel)) return "channel_unknown";
  if (proof !== undefined && !sdk.proofs.includes(proof)) return "proof_unknown";
  if (token !== undefined && bindsOtherwise(token, sdk)) return "binding_unknown";
  if (token?.limitedUse === true && !sdk.limitedUse) return "limited_use_unknown";
  if (platform === "web" && channel !== "system") return "channel_not_on_platform";
  return chain === undefined ? null : refusedChain(channel, chain);
}

/** An agent that looks at the member refuses a word it does not know; one that does not joins several values otherwise. */
function bindsOtherwise({ binding = "lines", bind }: NonNullable<ManifestApi["token"]>, sdk: SdkKnowledge): boolean {
  if (binding === "lines" || sdk.bindings.includes(binding)) return false;
  return sdk.bindings.length > 0 || bind.length > 1;
}

/** Managed roots and pins, where the channel has them. A host that no device trusts by itself is out of reach however it is declared. */
function refusedChain(channel: ManifestApi["channel"], answer: ChainAnswer): LockoutReason | null {
  if (!answer.ok) return null;
  const { roots, pins } = answer.chain;
  if ((channel === "roots" || channel === "both") && roots !== true) return "root_refused";
  if ((channel === "pins" || channel === "both") && pins.length === 0) return "pin_absent";
  return null;
}
