import type { Agent } from "../agent.ts";
import type { CoverageState } from "../coverage.ts";
import { textsOf } from "./app-body.ts";
import { createAxiosAdapter } from "./axios-adapter.ts";
import type { AxiosConfigLike, AxiosInstanceLike } from "./axios-instance.ts";
import { createRouting } from "./routing.ts";
import type { Protection, ProtectOptions, Scope } from "./scope.ts";

export type { AxiosInstanceLike } from "./axios-instance.ts";

/** An entry of axios' list of request interceptors. */
interface Handler {
  readonly fulfilled: (config: AxiosConfigLike) => AxiosConfigLike | Promise<AxiosConfigLike>;
  readonly rejected: null;
  readonly synchronous: false;
  readonly runWhen: null;
}

interface Manager {
  forEach(call: (handler: Handler) => void): void;
}

interface ProtectedAxios {
  readonly agent: Agent;
  readonly protection: Protection;
  readonly manager: object;
  readonly forEach: unknown;
}

const protections = new WeakMap<object, ProtectedAxios>();

/** What was not transformed yet, as text. */
function textOfData(data: unknown): string[] {
  const texts = textsOf(data);
  if (texts.length > 0 || typeof data !== "object" || data === null) return texts;
  if (Object.getPrototypeOf(data) !== Object.prototype && !Array.isArray(data)) return [];
  try {
    return [JSON.stringify(data)];
  } catch {
    return [];
  }
}

function viewOf(instance: AxiosInstanceLike, config: AxiosConfigLike): { url: string; texts: string[] } {
  const { username = "", password = "" } = config.auth ?? {};
  const headers = Object.values(config.headers?.toJSON?.() ?? config.headers ?? {}).filter(
    (each) => typeof each === "string",
  );
  return { url: instance.getUri(config), texts: [...headers, username, password, ...textOfData(config.data)] };
}

/** The word whose a request is. True where nobody could say, or the caller gave up meanwhile: the adapter tells why, as it tells every failure. */
function unlessGivenUp(verdict: Promise<boolean>, config: AxiosConfigLike): Promise<boolean> {
  const { signal, cancelToken, timeout = 0 } = config;
  return new Promise((resolve) => {
    const end = (isOurs: boolean): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", giveUp);
      cancelToken?.unsubscribe(giveUp);
      resolve(isOurs);
    };
    const giveUp = (): void => end(true);
    const timer = timeout > 0 ? setTimeout(giveUp, timeout) : undefined;
    signal?.addEventListener("abort", giveUp);
    cancelToken?.subscribe(giveUp);
    verdict.then(end, giveUp);
    if (signal?.aborted === true) giveUp();
  });
}

/**
 * Has an axios instance send through the agent what is the agent's, whatever adapter it would have used; all else goes on as it was. The last
 * thing before a request is sent is to look whose it is, so what the app's interceptors set counts, whenever they were added. Instances made
 * by `create` are instances of their own.
 */
export function protectAxios(
  agent: Agent,
  instance: AxiosInstanceLike,
  options: ProtectOptions & { readonly scope?: Scope } = {},
): Protection {
  const known = protections.get(instance);
  if (known !== undefined && known.agent !== agent)
    throw new TypeError("axios is protected by another agent: restore it first");
  if (known !== undefined && known.manager === instance.interceptors.request) return known.protection;
  const scope = options.scope ?? globalThis;
  const routing = createRouting(agent, scope, options);
  const askedAtMs = new WeakMap<AxiosConfigLike, number>();
  const adapter = createAxiosAdapter(agent, scope, instance, { resolve: routing.resolve, askedAtMs });
  const manager = instance.interceptors.request as Manager;
  const before = manager.forEach;
  let isOpen = true;
  const own = new WeakMap<AxiosConfigLike, unknown>();
  const choose = (config: AxiosConfigLike, isOurs: boolean): AxiosConfigLike => {
    if (isOurs && config.adapter !== adapter) {
      own.set(config, config.adapter);
      config.adapter = adapter;
    } else if (!isOurs && config.adapter === adapter) {
      config.adapter = own.get(config);
    }
    return config;
  };
  const handler: Handler = {
    fulfilled(config) {
      if (!isOpen) return choose(config, false);
      const { url, texts } = viewOf(instance, config);
      const verdict = routing.isOurs(url, texts);
      if (typeof verdict === "boolean") return choose(config, verdict);
      askedAtMs.set(config, Date.now());
      return unlessGivenUp(verdict, config).then((isOurs) => choose(config, isOurs));
    },
    rejected: null,
    synchronous: false,
    runWhen: null,
  };
  // axios runs its list from the end or from the start, as the instance says: whichever is last decides.
  const forEach = (call: (each: Handler) => void): void => {
    call(handler);
    Reflect.apply(before, manager, [call]);
    call(handler);
  };
  Object.defineProperty(manager, "forEach", { value: forEach, configurable: true, writable: true });
  const protection: Protection = {
    restore() {
      isOpen = false;
      if (protections.get(instance)?.protection === protection) protections.delete(instance);
      if (manager.forEach !== forEach) return false;
      Reflect.deleteProperty(manager, "forEach");
      return true;
    },
  };
  protections.set(instance, { agent, protection, manager, forEach });
  return protection;
}

/** Whether an instance is protected now: its list of interceptors may have been wrapped or replaced since. */
export function axiosState(instance: AxiosInstanceLike): CoverageState {
  const held = protections.get(instance);
  if (held === undefined || held.manager !== instance.interceptors.request) return "unprotected";
  return (held.manager as Manager).forEach === held.forEach ? "protected" : "wrapped";
}
