import { decodeBase64url, fromUtf8, isId, toUtf8 } from "@countersign/protocol";
import * as limits from "@countersign/protocol/limits";
import type { Agent } from "../agent-api.ts";
import { type AgentInside, insideOf } from "../agent-inside.ts";
import { AgentError } from "../errors.ts";
import { forgetMatch } from "../memory/detached.ts";
import type { Session } from "../session/session.ts";
import { noNeeds } from "../statement/asks.ts";
import { openValue, parseSealedValue, type SealedValue, sealValue } from "./sealed-value.ts";

/** Texts that the app keeps on this device, readable in a trusted session alone. */
export interface AgentValues {
  /** Null where there is none of this name, or it was written by an installation that is no more. */
  get(name: string): Promise<string | null>;
  /** At most 64 names, at most 4 KiB of UTF-8 each. */
  set(name: string, value: string): Promise<void>;
  remove(name: string): Promise<void>;
}

/** The names of all values, and what every one of them is known to be sealed under. */
interface Index {
  readonly generation: number;
  readonly instance: string;
  readonly names: readonly string[];
}

/** The keys of one moment, the one to write with first; wiped when the step that asked for them is over. */
interface Keys {
  readonly instance: string;
  readonly generation: number;
  of(generation: number): Uint8Array | null;
}

const emptyIndex: Index = { generation: -1, instance: "", names: [] };
const indexName = "values";
const storageName = (name: string): string => `value.${name}`;

function parseIndex(text: string | null): Index {
  try {
    const value = (text === null ? null : JSON.parse(text)) as Partial<Record<keyof Index, unknown>> | null;
    const { generation, instance, names } = value ?? {};
    if (typeof generation !== "number" || typeof instance !== "string" || !Array.isArray(names)) return emptyIndex;
    const known = (names as unknown[]).filter((name): name is string => typeof name === "string" && isId(name));
    return { generation, instance, names: [...new Set(known)].slice(0, limits.values) };
  } catch {
    return emptyIndex;
  }
}

function assertName(name: string): void {
  if (!isId(name)) throw new TypeError("a value's name is [a-z0-9-]{1,48}");
}

/**
 * App-instance secure values (protocol section 11). A value is stored encrypted under a key that the service releases inside a trusted
 * session; keys are of the session and go with it. What was sealed under an older seed or by this installation's former key is sealed anew at
 * the first use, so that nothing is lost by a rotation or a re-enrolment.
 */
class AppValues implements AgentValues {
  readonly #deps: AgentInside;
  #last: Promise<void> = Promise.resolve();
  #renewedIn: string | null = null;

  constructor(deps: AgentInside) {
    this.#deps = deps;
  }

  get(name: string): Promise<string | null> {
    assertName(name);
    return this.#inTurn(async (session) => {
      const stored = await this.#read(name);
      return stored === null ? null : this.#withKeys(session, (keys) => this.#open(name, stored, keys));
    });
  }

  set(name: string, value: string): Promise<void> {
    assertName(name);
    const bytes = typeof value === "string" ? toUtf8(value) : null;
    if (bytes === null || bytes.length > limits.valueBytes || fromUtf8(bytes) !== value) {
      throw new TypeError(`a value is well-formed text of at most ${limits.valueBytes} bytes`);
    }
    return this.#inTurn(async (session, index) => {
      const isNew = !index.names.includes(name);
      if (isNew && index.names.length >= limits.values)
        throw new TypeError(`there are ${limits.values} values already`);
      const sealed = this.#withKeys(session, (keys) => this.#seal(name, value, keys));
      const under = index.names.length === 0 ? sealed : index;
      const { generation, instance } = under;
      if (isNew) await this.#writeIndex({ generation, instance, names: [...index.names, name] });
      await this.#write(name, sealed);
    });
  }

  /** Needs no key. */
  remove(name: string): Promise<void> {
    assertName(name);
    return this.#queue(async () => {
      const index = parseIndex(await this.#deps.storage.read(indexName));
      await this.#deps.storage.remove(storageName(name));
      if (index.names.includes(name)) {
        await this.#writeIndex({ ...index, names: index.names.filter((each) => each !== name) });
      }
    });
  }

  #queue<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(step);
    const forget = (): void => {};
    // Without what it gave: a promise that is kept holds its value in memory.
    this.#last = turn.then(forget, forget);
    return turn.finally(forgetMatch);
  }

  /** One step after the other, each in a session that has keys, with everything sealed under the newest of them. */
  #inTurn<T>(step: (session: Session, index: Index) => Promise<T>): Promise<T> {
    return this.#queue(async () => {
      await this.#deps.ready();
      const session = await this.#deps.demand({ ...noNeeds, valuesKeys: true });
      return step(session, await this.#renew(session));
    });
  }

  /** Once in a session, what an older seed or a former key of this installation sealed is sealed anew; what does not open, or cannot be written, stays as it is. */
  async #renew(session: Session): Promise<Index> {
    const index = parseIndex(await this.#deps.storage.read(indexName));
    const { generation, instance } = this.#withKeys(session, (keys) => keys);
    const isCurrent = index.generation === generation && index.instance === instance;
    if (isCurrent || index.names.length === 0 || this.#renewedIn === session.id) return index;
    let areAllCurrent = true;
    const isLeft = (): void => {
      areAllCurrent = false;
    };
    for (const name of index.names) {
      const stored = await this.#read(name);
      if (stored === null) continue;
      const renewed = this.#withKeys(session, (keys) => this.#resealed(name, stored, keys));
      if (renewed === null) isLeft();
      // What cannot be written now can be read all the same.
      else if (renewed !== stored) await this.#write(name, renewed).catch(isLeft);
    }
    this.#renewedIn = session.id;
    const next = { ...index, generation, instance };
    if (areAllCurrent) await this.#writeIndex(next).catch(isLeft);
    return areAllCurrent ? next : index;
  }

  #resealed(name: string, stored: SealedValue, keys: Keys): SealedValue | null {
    const value = this.#open(name, stored, keys);
    if (value === null) return null;
    const isCurrent = stored.generation === keys.generation && stored.instance === keys.instance;
    return isCurrent ? stored : this.#seal(name, value, keys);
  }

  #open(name: string, stored: SealedValue, keys: Keys): string | null {
    const key = keys.of(stored.generation);
    return key === null ? null : openValue(stored, key, { project: this.#deps.configuration.projectId, name });
  }

  #seal(name: string, value: string, keys: Keys): SealedValue {
    const { instance, generation } = keys;
    const key = keys.of(generation);
    if (key === null) throw new AgentError("values_unavailable");
    const { configuration, ports } = this.#deps;
    return sealValue(value, key, { project: configuration.projectId, name, instance, generation }, ports.randomness);
  }

  /** Reveals the keys for one step without a wait: a session that was wiped meanwhile has none. */
  #withKeys<T>(session: Session, step: (keys: Keys) => T): T {
    const revealed = session.revealValuesKeys();
    const instance = this.#deps.instance();
    const [newest] = revealed ?? [];
    if (revealed === null || newest === undefined || instance === null) throw new AgentError("values_unavailable");
    const keys = new Map(revealed.map(({ generation, key }) => [generation, decodeBase64url(key, 32)]));
    try {
      return step({ instance, generation: newest.generation, of: (generation) => keys.get(generation) ?? null });
    } finally {
      for (const key of keys.values()) key?.fill(0);
    }
  }

  async #read(name: string): Promise<SealedValue | null> {
    return parseSealedValue(await this.#deps.storage.read(storageName(name)));
  }

  #write(name: string, sealed: SealedValue): Promise<void> {
    return this.#deps.storage.save(storageName(name), JSON.stringify(sealed));
  }

  #writeIndex(index: Index): Promise<void> {
    return this.#deps.storage.save(indexName, JSON.stringify(index));
  }
}

const made = new WeakMap<Agent, AppValues>();

/** What an app keeps on this device by this agent: always the same object, so that its steps are taken one after the other. */
export function valuesOf(agent: Agent): AgentValues {
  const values = made.get(agent) ?? new AppValues(insideOf(agent));
  made.set(agent, values);
  return values;
}
