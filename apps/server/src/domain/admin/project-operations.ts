import type { Project, ProjectSettings } from "../ports/index.ts";

/** Which of a project's two private keys. */
export type RootKeyName = "root" | "recovery";

/** What a new project begins with. */
export interface NewProject {
  readonly name: string;
  readonly kind: Project["kind"];
}

/**
 * What the device side of the domain does for the administrator's: everything that needs signing keys, caches or the watch.
 * After each call this node answers devices by the new state.
 */
export interface ProjectOperations {
  /** Makes id, first seed, root and recovery key files, response and manifest keys, key list and default settings, and stores them. */
  create(project: NewProject): Promise<Project>;
  /** The public configuration string. `host` is `HOST[:PORT]`; null: the service's public origin. */
  configurationOf(project: Project, host: string | null): string;
  /**
   * To be called after every stored change of settings, apps, protected APIs or secrets. In one update it stores `settings` where given and
   * raises the manifest version; makes the token keys that are lacking and ends those of APIs that are gone; empties caches and raises the watch generation.
   */
  republish(project: string, settings?: ProjectSettings): Promise<Project>;
  /**
   * To be called after a stored change of token keys: this node signs and publishes by it before it returns. `urgent`: running devices are
   * told to refresh, because tokens they hold are worth nothing any more.
   */
  tokenKeysChanged(project: string, urgent: boolean): void;
  /** To be called after the credential of a broker was removed: its stream ends before this returns. */
  brokersChanged(project: string): void;
  /** To be called after a stored change of decoys: this node looks for them before it returns. No device needs to hear of it. */
  decoysChanged(project: string): void;
  /** To be called after a ban was added or lifted: this node's set is reconciled before it returns. */
  reconcileBans(): Promise<void>;
  /**
   * Puts every online key of the project aside: new response and manifest keys, `manifestEpoch` + 1, and a key list signed by the
   * recovery root, after which agents take no list of the root again. `recovery_key_absent`: its file is not in the data folder.
   */
  recover(project: string): Promise<{ ok: true; project: Project } | { ok: false; reason: "recovery_key_absent" }>;
  /** Private root keys that lie in the data folder rather than offline. */
  heldRootKeys(project: string): Promise<readonly RootKeyName[]>;
}
