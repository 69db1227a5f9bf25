import { resolvePeer } from "@countersign/broker";
import { type ChainEvent, createChainWatch } from "../domain/chains/watch-chains.ts";
import type { RecordStore } from "../domain/ports/index.ts";
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

/** The watch over certificates of protected APIs, under the broker's rules of which addresses may be reached. `close` ends a look that is under way. */
export function openCertificateWatch(deps: CertificateWatchDeps): { run(): Promise<void>; close(): void } {
  const { log } = deps;
  const closing = new AbortController();
  const watch = createChainWatch({
    ...deps,
    readChain: readLiveChain,
    addressOf: async (host, allowPrivate) => {
      const resolved = await resolvePeer(host, allowPrivate);
      if (resolved.ok) return { ok: true, address: resolved.peer };
      return { ok: false, problem: resolved.code === "upstream_refused" ? "address_refused" : "unreachable" };
    },
    onEvent: (event: ChainEvent) => {
      if (event.event === "certificate_changed") log.info(event, "certificate changed");
      else log.warn(event, "channel at risk");
    },
    onError: (project, api, error) =>
      log.error({ event: "certificate_not_watched", project, api, err: error }, "certificate not watched"),
  });
  return { run: () => watch.run(closing.signal), close: () => closing.abort() };
}
