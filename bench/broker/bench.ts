import type { BenchSet } from "../measure.ts";
import type { Load, Loaded } from "./load-process.ts";
import { memoryRows } from "./memory.ts";
import { findNginx, startNginx } from "./nginx.ts";
import { startProcess } from "./processes.ts";
import type { Caller } from "./signed-requests.ts";

/** What to measure of; `quick` shows that everything runs, and nothing more. */
export interface BrokerSizes {
  readonly rounds: number;
  readonly warm: number;
  readonly requests: number;
  readonly alone: number;
  readonly streamed: number;
}

const full: BrokerSizes = { rounds: 5, warm: 6000, requests: 20_000, alone: 3000, streamed: 100_000 };
const quick: BrokerSizes = { rounds: 1, warm: 50, requests: 300, alone: 50, streamed: 500 };

const goal = 1.5;
const connections = 64;

interface Upstream {
  readonly port: number;
  readonly ca: string;
}

/** A proxy that is up, and what its callers send. */
interface Running {
  readonly load: Pick<Load, "origin" | "ca" | "targets" | "lines" | "callers" | "aheadMs">;
  close(): void | Promise<void>;
}

interface Contestant {
  readonly name: string;
  start(upstream: Upstream): Promise<Running>;
}

const get = (target: string): Load["targets"] => [{ method: "GET", target, bodyBytes: 0 }];
const bare = { lines: [], callers: [], aheadMs: 0, ca: null };

const direct: Contestant = {
  name: "the upstream itself",
  start: async ({ port, ca }) => {
    const origin = `https://localhost:${port}`;
    const lines = ["x-key: the-key-of-the-bench"];
    return { load: { ...bare, origin, ca, lines, targets: get("/v1/list") }, close() {} };
  },
};

const peer = (name: string): Contestant => ({
  name,
  start: async ({ port, ca }) => {
    const running = await startProcess(import.meta.resolve("./peer-process.ts"), [name, String(port), ca]);
    const { port: own } = running.ready as { readonly port: number };
    return { load: { ...bare, origin: `http://127.0.0.1:${own}`, targets: get("/v1/list") }, close: running.close };
  },
});

const nginx = (program: string): Contestant => ({
  name: "nginx",
  start: async (upstream) => {
    const running = await startNginx(program, upstream);
    const origin = `http://127.0.0.1:${running.port}`;
    return { load: { ...bare, origin, targets: get("/v1/list") }, close: running.close };
  },
});

const countersign: Contestant = {
  name: "Countersign, every request authenticated",
  start: async ({ port, ca }) => {
    const running = await startProcess(import.meta.resolve("./countersign-process.ts"), [String(port), ca]);
    const { origin, prefix, callers, aheadMs } = running.ready as {
      readonly origin: string;
      readonly prefix: string;
      readonly callers: readonly Caller[];
      readonly aheadMs: number;
    };
    const targets = get(`${prefix}/v1/list`);
    return { load: { origin, ca: null, lines: [], targets, callers, aheadMs }, close: running.close };
  },
};

interface Round {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** One contestant in fresh processes: warm, then as fast as it goes, then one request after the other. */
async function measureOne(contestant: Contestant, upstream: Upstream, sizes: BrokerSizes): Promise<Round> {
  const running = await contestant.start(upstream);
  const loader = await startProcess(import.meta.resolve("./load-process.ts"), [], { speaks: false });
  const send = async (count: number, by: number): Promise<Loaded> =>
    (await loader.ask({ ...running.load, connections: by, requests: count })) as Loaded;
  try {
    await send(sizes.warm, connections);
    const { seconds } = await send(sizes.requests, connections);
    await send(Math.ceil(sizes.alone / 10), 1);
    const { p50, p99 } = await send(sizes.alone, 1);
    return { perSecond: sizes.requests / seconds, p50, p99 };
  } finally {
    await loader.close();
    await running.close();
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

interface Row {
  readonly name: string;
  readonly requestsPerSecond: number;
  readonly from: number;
  readonly to: number;
  readonly addedP50Microseconds: number;
  readonly addedP99Microseconds: number;
  /** Medians of the rounds' ratios. */
  readonly timesBestNodePeer: number;
  readonly timesNginx: number | null;
  readonly met?: boolean;
}

async function compare(upstream: Upstream, sizes: BrokerSizes): Promise<readonly Row[]> {
  const program = findNginx();
  const nodePeers = [peer("@fastify/http-proxy"), peer("http-proxy-middleware")];
  const contestants = [direct, countersign, ...nodePeers, ...(program === null ? [] : [nginx(program)])];
  if (program === null) process.stderr.write("broker: nginx is not installed, and left out\n");
  const rounds = new Map(contestants.map(({ name }) => [name, [] as Round[]]));
  for (let round = 0; round < sizes.rounds; round += 1) {
    for (const contestant of contestants) {
      process.stderr.write(`broker, round ${round + 1}, ${contestant.name} …\n`);
      rounds.get(contestant.name)?.push(await measureOne(contestant, upstream, sizes));
    }
  }
  const of = (name: string): readonly Round[] => rounds.get(name) ?? [];
  const speed = (name: string): number => median(of(name).map(({ perSecond }) => perSecond));
  const best = nodePeers.map(({ name }) => name).toSorted((a, b) => speed(b) - speed(a))[0] ?? "";
  const ratio = (name: string, to: string): number =>
    Number(median(of(name).map(({ perSecond }, at) => perSecond / (of(to)[at]?.perSecond ?? Number.NaN))).toFixed(2));
  const added = (name: string, what: "p50" | "p99"): number =>
    median(of(name).map((round, at) => round[what] - (of(direct.name)[at]?.[what] ?? Number.NaN)));
  return contestants.map(({ name }): Row => {
    const speeds = of(name).map(({ perSecond }) => Math.round(perSecond));
    const timesBestNodePeer = ratio(name, best);
    return {
      name,
      requestsPerSecond: median(speeds),
      from: Math.min(...speeds),
      to: Math.max(...speeds),
      addedP50Microseconds: added(name, "p50"),
      addedP99Microseconds: added(name, "p99"),
      timesBestNodePeer,
      timesNginx: program === null ? null : ratio(name, "nginx"),
      ...(name === countersign.name ? { met: timesBestNodePeer >= goal } : {}),
    };
  });
}

/**
 * The broker of a real service against proxies that only add a header, on one upstream in one run: fresh processes in every round, one
 * core's worth of work each. The load generator makes and signs its requests before it times them. Logs are off everywhere.
 */
export async function brokerBench({ quick: isQuick }: { readonly quick: boolean }): Promise<BenchSet> {
  const sizes = isQuick ? quick : full;
  return {
    what: "the broker: requests per second, added latency, memory; HTTPS upstream, HTTP/1.1, keep-alive",
    parts: {},
    async tables() {
      const serving = await startProcess(import.meta.resolve("./upstream-process.ts"), []);
      const upstream = serving.ready as Upstream;
      try {
        return {
          [`requests (goal: ${goal} times the best Node peer)`]: await compare(upstream, sizes),
          "memory (goal: within 5 %)": await memoryRows(upstream, sizes.streamed),
        };
      } finally {
        await serving.close();
      }
    },
  };
}
