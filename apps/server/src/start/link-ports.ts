import type { BrokerPorts, LinkTerms } from "@countersign/broker";
import { deriveLinkKeys, type LinkKeys, openLink, sealLink } from "@countersign/protocol/server";
import type { ProjectContext } from "../domain/project/project-context.ts";
import type { ProjectContexts } from "../domain/project/project-contexts.ts";

const keysOf =
  ({ seeds, projectId }: ProjectContext) =>
  (wanted: number): LinkKeys | null => {
    const seed = seeds.find(({ generation }) => generation === wanted)?.seed;
    return seed === undefined ? null : deriveLinkKeys(seed.reveal(), projectId);
  };

const termsOf = ({ apis }: ProjectContext): ReadonlyMap<string, LinkTerms> =>
  new Map([...apis.values()].flatMap(({ id, links }) => (links == null ? [] : [[id, links] as const])));

/** What the broker asks of its host for links, from this service's parts. */
export function linkPorts(
  contexts: Pick<ProjectContexts, "get">,
): Pick<BrokerPorts, "linkTerms" | "sealLinks" | "openLink"> {
  // Asked at each call: made once for each context.
  const held = new WeakMap<ProjectContext, ReadonlyMap<string, LinkTerms>>();
  return {
    async linkTerms(id) {
      const context = await contexts.get(id);
      if (context === null) return new Map();
      const terms = held.get(context) ?? termsOf(context);
      held.set(context, terms);
      return terms;
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
