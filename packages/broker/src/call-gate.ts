export type Entered =
  | { readonly ok: true; readonly leave: () => void }
  | { readonly ok: false; readonly code: "slow_down" | "unavailable" };

/** How many calls are in work at once on this node, of one project, and for one instance. */
export interface CallGate {
  enter(project: string, instance: string): Entered;
}

/** Of the node's places, so that one project's slow upstreams leave room for the others' calls. */
const projectShare = 3 / 4;

function createCounts(): {
  of(name: string): number;
  add(name: string): void;
  take(name: string): void;
} {
  const counts = new Map<string, number>();
  return {
    of: (name) => counts.get(name) ?? 0,
    add: (name) => void counts.set(name, (counts.get(name) ?? 0) + 1),
    take(name) {
      const left = (counts.get(name) ?? 1) - 1;
      if (left === 0) counts.delete(name);
      else counts.set(name, left);
    },
  };
}

/** `slow_down` where the instance has its share in work already, `unavailable` where its project or the node has. */
export function createCallGate(bounds: { readonly calls: number; readonly perInstance: number }): CallGate {
  const perProject = Math.ceil(bounds.calls * projectShare);
  const [instances, projects] = [createCounts(), createCounts()];
  let calls = 0;

  return {
    enter(project, instance) {
      const name = `${project}:${instance}`;
      if (instances.of(name) >= bounds.perInstance) return { ok: false, code: "slow_down" };
      if (projects.of(project) >= perProject || calls >= bounds.calls) return { ok: false, code: "unavailable" };
      instances.add(name);
      projects.add(project);
      calls += 1;
      const leave = (): void => {
        instances.take(name);
        projects.take(project);
        calls -= 1;
      };
      return { ok: true, leave };
    },
  };
}
