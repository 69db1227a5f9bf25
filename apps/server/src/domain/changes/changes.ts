export type ChangeTopic = "project" | "keys" | "bans" | "brokers";

/**
 * `project`: rows that every device of the project may have to hear of. `keys`: token keys and decoys that no device needs to hear of. `bans`: the set of
 * bans and quarantines. `brokers`: credentials of brokers that stand alone.
 */
export interface Change {
  readonly project: string;
  readonly topic: ChangeTopic;
}

/**
 * Carries changes between nodes. The embedded bus is a call in this process; a cluster plugs in its own. A lost message costs
 * seconds, never correctness: every cache also reconciles by itself.
 */
export interface ChangeBus {
  publish(change: Change): void;
  subscribe(listener: (change: Change) => void): () => void;
}

/** The bus of one process. */
export function createMemoryBus(): ChangeBus {
  const listeners = new Set<(change: Change) => void>();
  return {
    publish(change) {
      for (const listener of listeners) listener(change);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

/** What a watch stream listens to. */
export interface Watcher {
  readonly project: string;
  readonly instance: string;
  /** Anybody can become a decoy, as many as they like: their streams are counted apart. */
  readonly decoy?: boolean;
  onGeneration(generation: number): void;
  /** The stream gave way to a newer one of the same instance, or the service is going down. */
  onReplaced(): void;
}

export interface Changes {
  /**
   * To be called after every committed write. `project` drops caches, raises the generation and tells the project's watchers on every
   * node; `keys` and `brokers` drop caches alone; `bans` has every node reconcile.
   */
  changed(project: string, topic: ChangeTopic): void;
  /** Has one instance's watcher on this node refresh: a ban must not set a whole fleet in motion. */
  nudge(project: string, instance: string): void;
  /** A number that differs after every change of the project. Means nothing else. */
  generation(project: string): number;
  subscribe(listener: (change: Change) => void): () => void;
  /** One stream per instance: an older one gives way. Null where this node holds as many as it may. */
  watch(watcher: Watcher): (() => void) | null;
  /** Ends every stream. */
  close(): void;
}

/** The generation of each project and its watchers on this node. `maxStreams` bounds the open streams, genuine ones and decoys' each. */
export function createChanges(bus: ChangeBus, clock: { nowMs(): number }, maxStreams: number): Changes {
  const born = clock.nowMs();
  const generations = new Map<string, number>();
  const watchers = new Map<string, Map<string, Watcher>>();
  const listeners = new Set<(change: Change) => void>();
  const open = { genuine: 0, decoys: 0 };
  const kindOf = ({ decoy }: Watcher): keyof typeof open => (decoy === true ? "decoys" : "genuine");

  const generationOf = (project: string) => generations.get(project) ?? born;

  function raise(project: string): number {
    const generation = generationOf(project) + 1;
    generations.set(project, generation);
    return generation;
  }

  const stop = bus.subscribe((change) => {
    for (const listener of listeners) listener(change);
    if (change.topic !== "project") return;
    const generation = raise(change.project);
    for (const watcher of watchers.get(change.project)?.values() ?? []) watcher.onGeneration(generation);
  });

  function remove(watcher: Watcher): void {
    const ofProject = watchers.get(watcher.project);
    if (ofProject?.get(watcher.instance) !== watcher) return;
    ofProject.delete(watcher.instance);
    open[kindOf(watcher)] -= 1;
    if (ofProject.size === 0) watchers.delete(watcher.project);
  }

  return {
    changed: (project, topic) => bus.publish({ project, topic }),
    nudge: (project, instance) => watchers.get(project)?.get(instance)?.onGeneration(raise(project)),
    generation: generationOf,
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    watch(watcher) {
      const older = watchers.get(watcher.project)?.get(watcher.instance);
      const kind = kindOf(watcher);
      const givesWay = older !== undefined && kindOf(older) === kind;
      if (!givesWay && open[kind] >= maxStreams) return null;
      if (older !== undefined) {
        remove(older);
        older.onReplaced();
      }
      const ofProject = watchers.get(watcher.project) ?? new Map<string, Watcher>();
      ofProject.set(watcher.instance, watcher);
      watchers.set(watcher.project, ofProject);
      open[kind] += 1;
      return () => remove(watcher);
    },
    close() {
      stop();
      for (const ofProject of watchers.values()) {
        for (const watcher of ofProject.values()) {
          remove(watcher);
          watcher.onReplaced();
        }
      }
    },
  };
}
