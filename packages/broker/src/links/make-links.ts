import type { LinkBearer, LinkTarget } from "@countersign/protocol/server";
import type { BrokerPorts } from "../ports.ts";
import type { FoundLink } from "./link-target.ts";

/** In whose answers links stand, and where they lead. */
export interface LinksFor {
  /** Origin of this service, or empty: then links are relative to it. */
  readonly origin: string;
  readonly project: string;
  readonly bearer: LinkBearer & { readonly decoy: boolean };
}

/** When a link of now ends, in seconds: at the end of a span, so that the links of one span are equal; half of `seconds` away at least. */
export function endOfLinks(nowMs: number, seconds: number): number {
  const span = Math.floor(seconds / 2);
  return (Math.floor(nowMs / 1000 / span) + 2) * span;
}

/** Where found links are led: `/l/{project}/{api}/{token}/path?query`. */
export async function makeLinks(
  ports: Pick<BrokerPorts, "sealLinks">,
  { origin, project, bearer }: LinksFor,
  links: readonly FoundLink[],
): Promise<readonly string[]> {
  const targets = links.map(({ api, target }): LinkTarget => ({ api, target }));
  const tokens = await ports.sealLinks(project, bearer, targets);
  return links.map(
    ({ api, target, fragment }, index) => `${origin}/l/${project}/${api}/${tokens[index] ?? ""}${target}${fragment}`,
  );
}
