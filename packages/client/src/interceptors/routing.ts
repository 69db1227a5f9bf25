import type { Agent } from "../agent.ts";
import { concerns } from "../fetch/concerns.ts";
import type { ProtectOptions, Scope } from "./scope.ts";

/** Says whose a request is. */
export interface Routing {
  /** The URL as the platform reads it, absolute where it can be made so. */
  resolve(url: string): string;
  /** At once where the hosts that are protected are known. A promise rejects where the service cannot say. */
  isOurs(url: string, texts?: readonly string[]): boolean | Promise<boolean>;
}

function baseOf(scope: Scope): string | undefined {
  return scope.document?.baseURI ?? scope.location?.href;
}

export function createRouting(agent: Agent, scope: Scope, options: ProtectOptions): Routing {
  const exclude = options.exclude ?? [];
  const resolve = (url: string): string => {
    if (scope.URL === undefined) return url;
    try {
      return new scope.URL(url, baseOf(scope)).href;
    } catch {
      return url;
    }
  };
  return {
    resolve,
    isOurs(given, texts = []) {
      const url = resolve(given);
      // Some platforms read a URL otherwise than their own parser says: both must be nobody's.
      const verdicts = [...new Set([url, given])].map((each) => concerns(agent, { url: each, texts, exclude }));
      if (verdicts.includes(true)) return true;
      const waiting = verdicts.filter((each) => typeof each !== "boolean");
      if (waiting.length === 0) return false;
      const learnt = Promise.all(waiting).then((all) => all.includes(true));
      if (options.whileUnknown !== "pass") return learnt;
      learnt.catch(() => {});
      return false;
    },
  };
}
