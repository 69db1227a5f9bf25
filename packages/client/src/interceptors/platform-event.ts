import type { Scope } from "./scope.ts";

export interface Progress {
  readonly loaded: number;
  /** 0 where it is not known. */
  readonly total: number;
}

type EventLike = Parameters<EventTarget["dispatchEvent"]>[0];

/** An event of the platform's own kind, or a plain object where it has none, as React Native's targets take them. */
export function platformEvent(scope: Scope, type: string, members: Readonly<Record<string, unknown>> = {}): EventLike {
  const event = scope.Event === undefined ? { type } : new scope.Event(type);
  for (const [name, value] of Object.entries(members)) {
    Object.defineProperty(event, name, { value, configurable: true, enumerable: true });
  }
  return event as EventLike;
}

export function progressEvent(scope: Scope, type: string, { loaded, total }: Progress): EventLike {
  const init = { loaded, total, lengthComputable: total > 0 };
  if (scope.ProgressEvent !== undefined) return new scope.ProgressEvent(type, init);
  return platformEvent(scope, type, init);
}

export function messageEvent(
  scope: Scope,
  type: string,
  init: { readonly data: unknown; readonly origin: string; readonly lastEventId?: string },
): EventLike {
  if (scope.MessageEvent !== undefined) return new scope.MessageEvent(type, init);
  return platformEvent(scope, type, { lastEventId: "", ...init });
}
