import type { ChainLook, ProtectedApi } from "../ports/index.ts";
import type { World } from "./world.ts";

/** An API whose live chain tells whether a change of its channel fits. */
export interface LookAt {
  readonly id: string;
  readonly look: Pick<ChainLook, "host" | "port" | "pins" | "roots">;
}

/** Which chains to hold against what was declared before and what is to be: those of hosts whose channel changes. Pure. */
export function changedChannels(
  before: Pick<World, "apis">,
  after: Pick<World, "apis">,
): { readonly before: readonly LookAt[]; readonly after: readonly LookAt[] } {
  const was = new Map(before.apis.map((api) => [addressOf(api), api]));
  const changed = after.apis.filter((api) => {
    const held = was.get(addressOf(api));
    return held === undefined || channelOf(held, before) !== channelOf(api, after);
  });
  return {
    after: changed.map((api) => toLook(api, after)),
    before: changed.flatMap((api) => {
      const held = was.get(addressOf(api));
      return held === undefined ? [] : [toLook(held, before)];
    }),
  };
}

const addressOf = ({ host, port }: ProtectedApi): string => `${host}:${port}`;

/** All roots of a project are in its manifests, and an agent holds every host of channel `roots` or `both` against all of them. */
function rootsOf({ apis }: Pick<World, "apis">): readonly string[] {
  return [...new Set(apis.flatMap(({ roots }) => roots))].toSorted();
}

function channelOf(api: ProtectedApi, world: Pick<World, "apis">): string {
  if (api.channel === "system") return "system";
  return JSON.stringify([api.channel, api.pins.toSorted(), rootsOf(world)]);
}

function toLook({ id, host, port, pins }: ProtectedApi, world: Pick<World, "apis">): LookAt {
  return { id, look: { host, port, pins, roots: rootsOf(world) } };
}
