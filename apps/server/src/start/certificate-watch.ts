import { resolvePeer } from "@countersign/broker";
import { type ChainEvent, type ChainWatchDeps, createChainWatch } from "../domain/chains/watch-chains.ts";
import type { ChainAnswer, ChainLook, Project, RecordStore } from "../domain/ports/index.ts";
import type { Log } from "../log/create-log.ts";
import { readLiveChain } from "../tls/read-live-chain.ts";

export interface CertificateWatchDeps {
  readonly store: RecordStore;
  readonly clock: { nowMs(): number };
  /** PEM. */
  readonly furtherCas: readonly string[];
  readonly productionOnly: boolean;
  readonly log: Log;
}

const resolveMs = 10_000;

/** Null where it takes too long, or the watch is closed. */
function inTime<T>(work: Promise<T>, closing: AbortSignal): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => resolve(null);
    const timer = setTimeout(giveUp, resolveMs);
    closing.addEventListener("abort", giveUp, { once: true });
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      closing.removeEventListener("abort", giveUp);
    });
  });
}

/** Looks at live chains: by itself, and when asked. */
export interface CertificateWatch {
  run(): Promise<void>;
  /** One look, held against these pins and roots. Never rejects. */
  look(project: Pick<Project, "kind">, look: Pick<ChainLook, "host" | "port" | "pins" | "roots">): Promise<ChainAnswer>;
  close(): void;
}

/** The watch over certificates of protected APIs, under the broker's rules of which addresses may be reached. `close` ends a look that is under way. */
export function openCertificateWatch(deps: CertificateWatchDeps): CertificateWatch {
  const { log } = deps;
  const closing = new AbortController();
  const addressOf: ChainWatchDeps["addressOf"] = async (host, allowPrivate) => {
    const resolved = await inTime(resolvePeer(host, allowPrivate), closing.signal);
    if (resolved === null) return { ok: false, problem: "unreachable" };
    if (resolved.ok) return { ok: true, address: resolved.peer };
    return { ok: false, problem: resolved.code === "upstream_refused" ? "address_refused" : "unreachable" };
  };
  const watch = createChainWatch({
    ...deps,
    readChain: readLiveChain,
    addressOf,
    onEvent: (event: ChainEvent) => {
      if (event.event === "certificate_changed") log.info(event, "certificate changed");
      else log.warn(event, "channel at risk");
    },
    onError: (project, api, error) =>
      log.error({ event: "certificate_not_watched", project, api, err: error }, "certificate not watched"),
  });
  return {
    run: () => watch.run(closing.signal),
    look: async (project, look) => {
      const found = await addressOf(look.host, project.kind === "development");
      if (!found.ok) return found;
      const { furtherCas } = deps;
      return readLiveChain({ ...look, address: found.address, furtherCas, abort: closing.signal });
    },
    close: () => closing.abort(),
  };
}
