import type { BrokerPorts } from "@countersign/broker";
import { type LinkKeys, openLink, sealLink } from "@countersign/protocol/server";
import type { HeldContent } from "./held-state.ts";

/** What the broker asks of its host for links, from what the service sent. */
export function aloneLinkPorts(
  current: (project: string) => HeldContent | null,
  project: Uint8Array,
): Pick<BrokerPorts, "linkTerms" | "sealLinks" | "openLink"> {
  return {
    linkTerms: async (id) => current(id)?.links ?? new Map(),
    async sealLinks(id, { decoy, ...bearer }, targets) {
      const [[generation, keys] = [0, null]]: Iterable<[number, LinkKeys | null]> = current(id)?.linkKeys ?? [];
      if (keys === null) throw new TypeError("links are sealed for a project that is there");
      return targets.map((to) => sealLink(bearer, to, { keys, generation, project, decoy }));
    },
    async openLink(id, target, link) {
      const content = current(id);
      if (content === null) return null;
      const how = { keysOf: (wanted: number) => content.linkKeys.get(wanted) ?? null, project };
      // Both are tried for each while decoys are on, so that the time is the same.
      const genuine = openLink(link, target, { ...how, decoy: false });
      const decoy = content.decoys ? openLink(link, target, { ...how, decoy: true }) : null;
      const opened = genuine ?? decoy;
      return opened === null ? null : { ...opened, decoy: genuine === null };
    },
  };
}
