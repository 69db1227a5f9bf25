export type Entered =
  | { readonly ok: true; readonly leave: () => void }
  | { readonly ok: false; readonly code: "slow_down" | "unavailable" };

/** How many calls are in work at once on this node, and for one instance. */
export interface CallGate {
  enter(instance: string): Entered;
}

/** `slow_down` where the instance has its share in work already, `unavailable` where the node has. */
export function createCallGate(bounds: { readonly calls: number; readonly perInstance: number }): CallGate {
  const inWork = new Map<string, number>();
  let calls = 0;

  function leave(instance: string): void {
    const left = (inWork.get(instance) ?? 1) - 1;
    if (left === 0) inWork.delete(instance);
    else inWork.set(instance, left);
    calls -= 1;
  }

  return {
    enter(instance) {
      const own = inWork.get(instance) ?? 0;
      if (own >= bounds.perInstance) return { ok: false, code: "slow_down" };
      if (calls >= bounds.calls) return { ok: false, code: "unavailable" };
      inWork.set(instance, own + 1);
      calls += 1;
      return { ok: true, leave: () => leave(instance) };
    },
  };
}
