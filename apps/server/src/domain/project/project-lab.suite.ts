import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootKeyFiles } from "../../data-folder/root-key-files.ts";
import { openSqliteStore } from "../../store/sqlite-store.ts";
import { openFileVault } from "../../vault/file-vault.ts";
import { createChanges, createMemoryBus } from "../changes/changes.ts";
import type { RecordStore, Vault } from "../ports/index.ts";
import { createProjectContexts, type ProjectContexts } from "./project-contexts.ts";
import { type AllProjectOperations, createProjectOperations } from "./project-operations.ts";
import { createProjectRows } from "./project-rows.ts";
import type { RootKeyName } from "./root-keys.ts";

/** The project domain on real adapters, with a clock of its own. */
export interface ProjectLab {
  readonly store: RecordStore;
  readonly vault: Vault;
  readonly operations: AllProjectOperations;
  readonly contexts: ProjectContexts;
  nowMs(): number;
  advance(ms: number): void;
  moveOffline(project: string, which: RootKeyName): void;
  /** Caches of a node that has just started. */
  freshContexts(): ProjectContexts;
  close(): Promise<void>;
}

export async function openProjectLab(): Promise<ProjectLab> {
  const folder = mkdtempSync(join(tmpdir(), "countersign-project-"));
  let nowMs = Date.UTC(2026, 10, 22);
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
  const store = await openSqliteStore({ folder });
  const vault = await openFileVault({ folder });
  const changes = createChanges(createMemoryBus(), clock, 10);
  const rows = createProjectRows(store);
  const freshContexts = () => createProjectContexts({ store, vault, changes, rows, clock, productionOnly: false });
  const operations = createProjectOperations({
    store,
    vault,
    rows,
    changes,
    clock,
    roots: rootKeyFiles({ folder }),
    standing: { reconcile: async () => {} },
    random: (length) => new Uint8Array(randomBytes(length)),
    publicHost: () => "service.example",
  });
  return {
    store,
    vault,
    operations,
    contexts: freshContexts(),
    nowMs: () => nowMs,
    advance: (ms) => {
      nowMs += ms;
    },
    moveOffline: (project, which) => rmSync(join(folder, "roots", `${project}.${which}.key`)),
    freshContexts,
    close: async () => {
      changes.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
