import type { ChainLook, ProtectedApi } from "../ports/index.ts";
import type { World } from "./world.ts";

/** What a change touches is all that is compared: the rest of a world is not looked at. */
type Declared = Pick<World, "apis" | "secrets">;

/** An API whose live chain is to be looked at, and what it is to be held against. */
export interface LookAt {
  readonly id: string;
  readonly look: Pick<ChainLook, "host" | "port" | "pins" | "roots">;
}

/**
 * Which live chains to hold against what was declared before and what is to be: those of hosts of which anything changes. A host that is out of reach already
 * is not locked out by whatever else changes. Pure.
 */
export function touchedHosts(
  before: Declared,
  after: Declared,
): { readonly before: readonly LookAt[]; readonly after: readonly LookAt[] } {
  const [was, is] = [toHosts(before), toHosts(after)];
  const differs = (address: string): boolean => {
    const [one, other] = [was.get(address), is.get(address)];
    return one === undefined || other === undefined || textOf(one, before) !== textOf(other, after);
  };
  const touched = new Set([...was.keys(), ...is.keys()].filter(differs));
  const looksAt = (hosts: ReadonlyMap<string, ProtectedApi>, world: Declared): readonly LookAt[] =>
    [...hosts].filter(([address]) => touched.has(address)).map(([, api]) => toLook(api, world));
  return { before: looksAt(was, before), after: looksAt(is, after) };
}

/** Whether the channel of an API of `after` is another than that of its host before, or the host is new. Pure. */
export function isOtherChannel(id: string, before: Declared, after: Declared): boolean {
  const api = after.apis.find((each) => each.id === id);
  const held = api === undefined ? undefined : toHosts(before).get(addressOf(api));
  if (api === undefined) return false;
  return held === undefined || channelOf(held, before) !== channelOf(api, after);
}

const addressOf = ({ host, port }: ProtectedApi): string => `${host}:${port}`;

function toHosts({ apis }: Declared): ReadonlyMap<string, ProtectedApi> {
  return new Map(apis.map((api) => [addressOf(api), api]));
}

/** All roots of a project are in its manifests, and an agent holds every host of channel `roots` or `both` against all of them. */
function rootsOf({ apis }: Declared): readonly string[] {
  return [...new Set(apis.flatMap(({ roots }) => roots))].toSorted();
}

function channelOf(api: ProtectedApi, world: Declared): string {
  if (api.channel === "system") return "system";
  return JSON.stringify([api.channel, api.pins.toSorted(), rootsOf(world)]);
}

function textOf(api: ProtectedApi, world: Declared): string {
  const places = world.secrets.map((secret) => ({
    ...secret,
    places: secret.places.filter((place) => place.api === api.id),
  }));
  const filled = places
    .filter((secret) => secret.places.length > 0)
    .map(({ name, apps, places: at }) => [name, apps, at]);
  return JSON.stringify([channelOf(api, world), api.token, filled]);
}

function toLook({ id, host, port, pins }: ProtectedApi, world: Declared): LookAt {
  return { id, look: { host, port, pins, roots: rootsOf(world) } };
}
