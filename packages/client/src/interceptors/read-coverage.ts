import type { Coverage, CoverageState, NetworkStack } from "../coverage.ts";
import type { AxiosInstanceLike } from "./axios-instance.ts";
import { lastInstalled, protectionOn, type ReplaceableStack, replaceableStacks } from "./install.ts";
import { axiosState } from "./protect-axios.ts";
import type { Scope } from "./scope.ts";

/** How Expo marks the globals that it put in place of React Native's. */
const expoBuiltin = Symbol.for("expo.builtin");

function stateOf(scope: Scope, stack: ReplaceableStack): CoverageState {
  const current: unknown = scope[stack];
  if (current === undefined || current === null) return "absent";
  if (protectionOn(current) !== null) return "protected";
  return lastInstalled(scope, stack) === undefined ? "unprotected" : "wrapped";
}

function isOfExpo(value: unknown): boolean {
  return value !== undefined && value !== null && (value as { [expoBuiltin]?: unknown })[expoBuiltin] !== undefined;
}

/** Which network stacks a scope has, and which of them and of these axios instances are protected now. It looks, and sends nothing. */
export function coverage(scope: Scope = globalThis, axios: readonly AxiosInstanceLike[] = []): Coverage {
  const ofScope = replaceableStacks.map((stack) => ({
    stack,
    state: stateOf(scope, stack),
    builtin: isOfExpo(scope[stack]) ? ("expo" as const) : null,
  }));
  const ofAxios = axios.map((instance) => ({
    stack: "axios" as const,
    state: axiosState(instance),
    builtin: null,
  }));
  return { stacks: [...ofScope, ...ofAxios] };
}

export interface CoverageDemand {
  /** Stacks that this app does not use, or whose requests are none of the agent's. */
  readonly except?: readonly NetworkStack[];
  /** Takes `wrapped` for protected: for libraries that are known to go on to what they wrap. */
  readonly allowWrapped?: boolean;
  /** Instances of axios that this app uses. */
  readonly axios?: readonly AxiosInstanceLike[];
}

/** For CI: throws an Error that names every stack which exists and is not protected. */
export function assertCoverage(scope: Scope = globalThis, demand: CoverageDemand = {}): void {
  const good: readonly CoverageState[] =
    demand.allowWrapped === true ? ["protected", "absent", "wrapped"] : ["protected", "absent"];
  const bad = coverage(scope, demand.axios).stacks.filter(
    ({ stack, state }) => !good.includes(state) && demand.except?.includes(stack) !== true,
  );
  if (bad.length === 0) return;
  throw new Error(`not protected: ${bad.map(({ stack, state }) => `${stack} (${state})`).join(", ")}`);
}
