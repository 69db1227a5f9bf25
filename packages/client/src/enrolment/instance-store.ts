import type { AgentStorage } from "../memory/agent-storage.ts";
import { noInstance, parseStoredInstance, type StoredInstance, toStoredText } from "./stored-instance.ts";

/** What is known of this instance, in memory and storage; written whole, so that no crash leaves half of it. */
export class InstanceStore {
  readonly #storage: AgentStorage;
  #instance: StoredInstance = noInstance;

  constructor(storage: AgentStorage) {
    this.#storage = storage;
  }

  async load(): Promise<void> {
    this.#instance = parseStoredInstance(await this.#storage.read("instance"));
  }

  current(): StoredInstance {
    return this.#instance;
  }

  async update(change: Partial<StoredInstance>): Promise<void> {
    this.#instance = { ...this.#instance, ...change };
    await this.#storage.write("instance", toStoredText(this.#instance));
  }
}
