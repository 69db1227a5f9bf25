import { AgentError } from "../errors.ts";
import type { Storage } from "../ports.ts";

/**
 * The agent's part of the storage port: names of one project and app, writes in order. A failed read is an `AgentError`; a failed write is
 * reported and forgotten, for the agent holds the same in memory.
 */
export class AgentStorage {
  readonly #storage: Storage;
  readonly #prefix: string;
  readonly #onFailure: (error: AgentError) => void;
  #last: Promise<void> = Promise.resolve();

  constructor(storage: Storage, scope: { project: string; app: string }, onFailure: (error: AgentError) => void) {
    this.#storage = storage;
    this.#prefix = `countersign.${scope.project}.${scope.app}.`;
    this.#onFailure = onFailure;
  }

  async read(name: string): Promise<string | null> {
    try {
      return await this.#storage.read(this.#prefix + name);
    } catch {
      throw new AgentError("storage_failed");
    }
  }

  /** As `write`, for what is held nowhere else: rejects with an `AgentError` where it fails. */
  save(name: string, value: string): Promise<void> {
    return this.#orFail(() => this.#storage.write(this.#prefix + name, value));
  }

  remove(name: string): Promise<void> {
    return this.#orFail(() => this.#storage.remove(this.#prefix + name));
  }

  #orFail(step: () => Promise<void>): Promise<void> {
    const done = this.#last.then(step).catch(() => {
      throw new AgentError("storage_failed");
    });
    this.#last = done.catch(() => {});
    return done;
  }

  /** Resolves when the value, and every one before it, is written or has failed. */
  write(name: string, value: string): Promise<void> {
    this.#last = this.#last
      .then(() => this.#storage.write(this.#prefix + name, value))
      .catch(() => this.#onFailure(new AgentError("storage_failed")));
    return this.#last;
  }
}
