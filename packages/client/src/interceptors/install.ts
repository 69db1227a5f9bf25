import type { Agent } from "../agent.ts";
import { original } from "../platform-original.ts";
import type { Protection, Scope } from "./scope.ts";

/** On what stands in front of a platform's own: who put it there. */
const owner = Symbol.for("countersign.agent");

export const replaceableStacks = ["fetch", "XMLHttpRequest", "WebSocket", "EventSource"] as const;

export type ReplaceableStack = (typeof replaceableStacks)[number];

interface Mark {
  readonly agent: Agent;
  readonly protection: Protection;
  /** What was marked: a copy, or a proxy, shows the same mark. */
  readonly front: unknown;
  readonly gate: Gate;
}

/** The protection that stands in this very place: not what was put in front of one, nor one that was restored and put back. */
function markOf(value: unknown): Mark | null {
  if (value === undefined || value === null) return null;
  const mark = (value as { readonly [owner]?: Mark })[owner];
  return mark !== undefined && mark.front === value && mark.gate.isOpen() ? mark : null;
}

/** Null where requests do not come to an interceptor first. */
export function protectionOn(value: unknown): Protection | null {
  return markOf(value)?.protection ?? null;
}

/** The protection an agent has already on this stack; null where it has none. Another agent's is a TypeError. */
function existing(agent: Agent, stack: ReplaceableStack, current: unknown): Protection | null {
  const held = markOf(current);
  if (held === null) return null;
  if (held.agent === agent) return held.protection;
  throw new TypeError(`${stack} is protected by another agent: restore it first`);
}

/** What was last put in front of each stack of a scope, to tell whether something else stands there now. */
const installed = new WeakMap<object, Map<ReplaceableStack, unknown>>();

export function lastInstalled(scope: Scope, stack: ReplaceableStack): unknown {
  return installed.get(scope)?.get(stack);
}

function put(scope: Scope, stack: ReplaceableStack, value: unknown): void {
  const descriptor = Object.getOwnPropertyDescriptor(scope, stack);
  if (descriptor?.configurable === false && descriptor.writable !== true) {
    throw new TypeError(`${stack} cannot be replaced: this scope is frozen`);
  }
  const enumerable = descriptor?.enumerable ?? true;
  if (descriptor?.configurable === false) (scope as Record<string, unknown>)[stack] = value;
  else Object.defineProperty(scope, stack, { value, enumerable, configurable: true, writable: true });
}

/** Tells a front whether it is still to look at requests. */
export interface Gate {
  readonly isOpen: () => boolean;
}

/**
 * Puts what `make` gives in place of a scope's stack, once for each agent; null where the platform has no such stack. Marks that others put
 * on the platform's own (Expo's) are carried over.
 */
export function install<Stack extends ReplaceableStack>(
  agent: Agent,
  scope: Scope,
  stack: Stack,
  make: (platform: NonNullable<Scope[Stack]>, gate: Gate) => NonNullable<Scope[Stack]>,
): Protection | null {
  const platform = scope[stack];
  if (platform === undefined || platform === null) return null;
  const known = existing(agent, stack, platform);
  if (known !== null) return known;
  let isOpen = true;
  const gate: Gate = { isOpen: () => isOpen };
  const front = make(platform, gate);
  const protection: Protection = {
    restore() {
      isOpen = false;
      if (lastInstalled(scope, stack) === front) installed.get(scope)?.delete(stack);
      if (scope[stack] !== front) return false;
      put(scope, stack, platform);
      return true;
    },
  };
  for (const mark of Object.getOwnPropertySymbols(platform)) {
    const descriptor = Object.getOwnPropertyDescriptor(platform, mark);
    const isOwn = mark === original || mark === owner;
    if (!isOwn && descriptor !== undefined && !Object.hasOwn(front, mark))
      Object.defineProperty(front, mark, descriptor);
  }
  Object.defineProperty(front, original, { value: platform });
  Object.defineProperty(front, owner, { value: { agent, protection, front, gate } satisfies Mark });
  put(scope, stack, front);
  const map = installed.get(scope) ?? new Map<ReplaceableStack, unknown>();
  installed.set(scope, map.set(stack, front));
  return protection;
}
