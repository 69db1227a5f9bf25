import type { Changes } from "../changes/changes.ts";
import type { BrokerCredential } from "../ports/index.ts";
import type { BrokerDeps } from "./broker-deps.ts";

const mostStreamsPerBroker = 4;

/** What is told of a change: content-free, and unsigned. It makes a broker ask for the state, no more. */
export interface BrokerListener {
  onChange(): void;
  /** The credential was removed, or the service is going down. */
  onEnd(): void;
}

/** Brokers that listen for changes of their projects. */
export interface BrokerStreams {
  /** Null where this broker has as many streams as it may. The returned function takes the listener out. */
  listen(broker: BrokerCredential, listener: BrokerListener): (() => void) | null;
  close(): void;
}

/** Tells of every change of a project and of the set of bans, and ends the streams of a credential that is gone. */
export function createBrokerStreams(
  { store, standing }: Pick<BrokerDeps, "store" | "standing">,
  changes: Pick<Changes, "subscribe">,
): BrokerStreams {
  const open = new Map<string, Set<{ readonly broker: BrokerCredential; readonly listener: BrokerListener }>>();

  async function endRemoved(project: string): Promise<void> {
    for (const [key, streams] of open) {
      const [first] = streams;
      if (first?.broker.project !== project) continue;
      if ((await store.brokers.byKid(first.broker.kid)) !== null) continue;
      open.delete(key);
      for (const { listener } of streams) listener.onEnd();
    }
  }

  function tell(concerns: (project: string) => boolean): void {
    for (const streams of open.values())
      for (const { broker, listener } of streams) if (concerns(broker.project)) listener.onChange();
  }

  const stops = [
    standing.subscribe(() => tell(() => true)),
    changes.subscribe(({ project, topic }) => {
      if (topic === "project" || topic === "brokers") void endRemoved(project).catch(() => {});
      if (topic !== "bans") tell((each) => each === project);
    }),
  ];

  return {
    listen(broker, listener) {
      const streams = open.get(broker.kid) ?? new Set();
      if (streams.size >= mostStreamsPerBroker) return null;
      const entry = { broker, listener };
      streams.add(entry);
      open.set(broker.kid, streams);
      return () => {
        streams.delete(entry);
        if (streams.size === 0 && open.get(broker.kid) === streams) open.delete(broker.kid);
      };
    },
    close() {
      for (const stop of stops) stop();
      const all = [...open.values()].flatMap((streams) => [...streams]);
      open.clear();
      for (const { listener } of all) listener.onEnd();
    },
  };
}
