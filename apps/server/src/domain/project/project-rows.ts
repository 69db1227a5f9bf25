import { createOneAtATime } from "../admin/one-at-a-time.ts";
import type { Project, RecordStore } from "../ports/index.ts";

/** The one way to change a project's row: read, change and write as one step within this node. */
export interface ProjectRows {
  /** Null where there is no such project. A `change` that returns the same object writes nothing. */
  update(id: string, change: (project: Project) => Project | Promise<Project>): Promise<Project | null>;
}

export function createProjectRows(store: RecordStore): ProjectRows {
  const oneAtATime = createOneAtATime();
  return {
    update: (id, change) =>
      oneAtATime(id, async () => {
        const project = await store.projects.get(id);
        if (project === null) return null;
        const changed = await change(project);
        if (changed !== project) await store.projects.update(changed);
        return changed;
      }),
  };
}
