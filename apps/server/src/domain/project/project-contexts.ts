import type { Changes } from "../changes/changes.ts";
import type { RecordStore, Vault } from "../ports/index.ts";
import { nextVersion } from "./key-list.ts";
import { loadProject } from "./load-project.ts";
import type { ProjectContext } from "./project-context.ts";
import type { ProjectRows } from "./project-rows.ts";

/** How old a cached project may be before it is read again, whatever messages came or were lost. */
export const reconcileMs = 5000;

export interface ProjectContexts {
  /** The project as of at most 5 s ago, at once after a change on this node; null where there is none. */
  get(id: string): Promise<ProjectContext | null>;
  /** The project as it was last read here, without waiting; null where it was not. */
  held(id: string): ProjectContext | null;
  /** Every project served here. */
  ids(): Promise<readonly string[]>;
}

interface Entry {
  readonly context: Promise<ProjectContext | null>;
  readonly readAtMs: number;
}

export interface ProjectContextsDeps {
  readonly store: RecordStore;
  readonly vault: Vault;
  readonly changes: Changes;
  readonly rows: ProjectRows;
  readonly clock: { nowMs(): number; monotonicMs(): number };
  /** Development projects are then unknown here. */
  readonly productionOnly: boolean;
}

/** The projects this node serves. Unknown ids are answered from the list of ids: asking for many costs the record nothing. */
export function createProjectContexts(deps: ProjectContextsDeps): ProjectContexts {
  const { store, vault, changes, rows, clock } = deps;
  const entries = new Map<string, Entry>();
  const published = new Map<string, { readonly order: string; readonly digest: string }>();
  const held = new Map<string, ProjectContext>();
  let ids: { readonly known: Promise<ReadonlySet<string>>; readonly readAtMs: number } | null = null;

  changes.subscribe(({ project, topic }) => {
    if (topic === "bans") return;
    entries.delete(project);
    ids = null;
  });

  function isFresh(readAtMs: number): boolean {
    return clock.monotonicMs() - readAtMs < reconcileMs;
  }

  function knownIds(): Promise<ReadonlySet<string>> {
    if (ids !== null && isFresh(ids.readAtMs)) return ids.known;
    const known = store.projects.list().then((projects) => new Set(projects.map((project) => project.id)));
    const reading = { known, readAtMs: clock.monotonicMs() };
    known.catch(() => {
      if (ids === reading) ids = null;
    });
    ids = reading;
    return known;
  }

  /**
   * Loads, and raises the manifest version where its content is not what was published under it: an agent that holds a version must never
   * see other bytes of it. After a start nothing is known of what was published, so the first load raises it too.
   */
  async function load(id: string): Promise<ProjectContext | null> {
    const context = await loadProject(store, vault, id);
    if (context === null || (deps.productionOnly && context.project.kind === "development")) {
      held.delete(id);
      return null;
    }
    const before = published.get(id);
    const order = orderOf(context);
    if (before !== undefined && (before.order !== order || before.digest === context.manifestDigest)) {
      published.set(id, { order, digest: context.manifestDigest });
      held.set(id, context);
      return context;
    }
    await rows.update(id, (project) => ({
      ...project,
      manifestVersion: nextVersion(project.manifestVersion, clock.nowMs()),
    }));
    const raised = await loadProject(store, vault, id);
    if (raised === null) return null;
    published.set(id, { order: orderOf(raised), digest: raised.manifestDigest });
    held.set(id, raised);
    return raised;
  }

  return {
    async get(id) {
      const cached = entries.get(id);
      if (cached !== undefined && isFresh(cached.readAtMs)) return cached.context;
      if (!(await knownIds()).has(id)) return null;
      const again = entries.get(id);
      if (again !== undefined && isFresh(again.readAtMs)) return again.context;
      const entry: Entry = { context: load(id), readAtMs: clock.monotonicMs() };
      entries.set(id, entry);
      entry.context.catch(() => {
        if (entries.get(id) === entry) entries.delete(id);
      });
      return entry.context;
    },
    held: (id) => held.get(id) ?? null,
    ids: async () => [...(await knownIds())],
  };
}

function orderOf({ project }: ProjectContext): string {
  return `${project.manifestEpoch}.${project.manifestVersion}`;
}
