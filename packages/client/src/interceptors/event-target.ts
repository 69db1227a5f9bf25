import type { Scope } from "./scope.ts";

type Listener = ((event: unknown) => void) | { handleEvent(event: unknown): void };

/** What is needed of an EventTarget, for platforms without one. */
class SmallEventTarget {
  readonly #listeners = new Map<string, Map<Listener, boolean>>();

  addEventListener(type: string, listener: Listener | null, options?: boolean | { readonly once?: boolean }): void {
    if (listener === null) return;
    const once = typeof options === "object" && options.once === true;
    const listeners = this.#listeners.get(type) ?? new Map<Listener, boolean>();
    if (!listeners.has(listener)) this.#listeners.set(type, listeners.set(listener, once));
  }

  removeEventListener(type: string, listener: Listener | null): void {
    if (listener !== null) this.#listeners.get(type)?.delete(listener);
  }

  dispatchEvent(event: { readonly type: string }): boolean {
    for (const [listener, once] of Array.from(this.#listeners.get(event.type) ?? [])) {
      if (once) this.removeEventListener(event.type, listener);
      try {
        if (typeof listener === "function") listener.call(this, event);
        else listener.handleEvent(event);
      } catch {
        // A listener's mistake is the app's own, and no other listener's.
      }
    }
    return true;
  }
}

/** The platform's EventTarget, or one that does what is needed of it. */
export function eventTargetOf(scope: Scope): typeof EventTarget {
  return scope.EventTarget ?? (SmallEventTarget as unknown as typeof EventTarget);
}

/** Gives a class its `on…` attributes: the last function that was set is called, in the place of the first. */
export function defineHandlers(target: object, types: readonly string[]): void {
  const held = new WeakMap<object, Map<string, { handler: unknown }>>();
  for (const type of types) {
    Object.defineProperty(target, `on${type}`, {
      configurable: true,
      enumerable: true,
      get(this: EventTarget) {
        return held.get(this)?.get(type)?.handler ?? null;
      },
      set(this: EventTarget, given: unknown) {
        const handler = typeof given === "function" ? given : null;
        const handlers = held.get(this) ?? new Map<string, { handler: unknown }>();
        held.set(this, handlers);
        const known = handlers.get(type);
        if (known !== undefined) {
          known.handler = handler;
          return;
        }
        const entry: { handler: unknown } = { handler };
        handlers.set(type, entry);
        this.addEventListener(type, (event) => {
          if (typeof entry.handler === "function") Reflect.apply(entry.handler, this, [event]);
        });
      },
    });
  }
}

/** Gives a class and its objects the constants of its states. */
export function defineConstants(target: { readonly prototype: object }, names: readonly string[]): void {
  names.forEach((name, value) => {
    for (const each of [target, target.prototype]) Object.defineProperty(each, name, { value, enumerable: true });
  });
}
