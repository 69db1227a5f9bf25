import type { Agent } from "../agent.ts";
import { protectFetch } from "../interceptors/protect-fetch.ts";
import type { Scope } from "../interceptors/scope.ts";

const parts = [
  "Blob",
  "DOMException",
  "File",
  "FileReader",
  "FormData",
  "Headers",
  "ReadableStream",
  "Request",
  "Response",
  "TextDecoder",
  "URL",
  "URLSearchParams",
  "document",
  "location",
] as const satisfies readonly (keyof Scope)[];

/**
 * A `fetch` of its own through an agent, which nothing that replaces the platform's later can take away. The platform's own is taken as it is now.
 */
export function createIsolatedFetch(agent: Agent, platform: Scope, exclude: readonly RegExp[]): typeof fetch {
  const { fetch: platformFetch } = platform;
  if (platformFetch === undefined) throw new TypeError("this platform has no fetch");
  const scope: Record<string, unknown> = {};
  for (const name of parts) scope[name] = platform[name];
  // A browser's own refuses another `this` than the window.
  const own: Scope = { ...scope, fetch: (...call) => Reflect.apply(platformFetch, platform, call) };
  protectFetch(agent, own, { exclude });
  return (...call) => Reflect.apply(own.fetch ?? platformFetch, own, call);
}
