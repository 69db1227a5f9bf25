import type { BrokerPorts } from "@countersign/broker";
import { deriveLinkKeys, type LinkKeys, openLink, sealLink } from "@countersign/protocol/server";
import type { ProjectContext } from "../domain/project/project-context.ts";
import type { ProjectContexts } from "../domain/project/project-contexts.ts";

const keysOf =
  ({ seeds, projectId }: ProjectContext) =>
  (wanted: number): LinkKeys | null => {
    const seed = seeds.find(({ generation }) => generation === wanted)?.seed;
    return seed === undefined ? null : deriveLinkKeys(seed.reveal(), projectId);
  };

/** What the broker asks of its host for links, from this service's parts. */
export function linkPorts(
  contexts: Pick<ProjectContexts, "get">,
): Pick<BrokerPorts, "linkTerms" | "sealLinks" | "openLink"> {
  return {
    async linkTerms(id) {
      const apis = (await contexts.get(id))?.apis.values() ?? [];
      return new Map([...apis].flatMap(({ id: api, links }) => (links == null ? [] : [[api, links] as const])));
    },
    async sealLinks(id, { decoy, ...bearer }, targets) {
      const context = await contexts.get(id);
      if (context === null) throw new TypeError("links are sealed for a project that is there");
      const [{ generation, seed }] = context.seeds;
      const keys = deriveLinkKeys(seed.reveal(), context.projectId);
      return targets.map((to) => sealLink(bearer, to, { keys, generation, project: context.projectId, decoy }));
    },
    async openLink(id, target, link) {
      const context = await contexts.get(id);
      if (context === null) return null;
      const how = { keysOf: keysOf(context), project: context.projectId };
      // Both are tried for each while decoys are on, so that the time is the same.
      const genuine = openLink(link, target, { ...how, decoy: false });
      const decoy = context.project.settings.decoy === true ? openLink(link, target, { ...how, decoy: true }) : null;
      const opened = genuine ?? decoy;
      return opened === null ? null : { ...opened, decoy: genuine === null };
    },
  };
}
