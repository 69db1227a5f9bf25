import { createHash } from "node:crypto";
import type { UpstreamChannel } from "./channel.ts";
import { connectUpstream } from "./connect-upstream.ts";
import { createH1Connection } from "./h1-connection.ts";
import { createH2Connection } from "./h2-connection.ts";
import type { PathProofs } from "./path-proofs.ts";
import type { Peer } from "./resolve-peer.ts";
import type { UpstreamConnection } from "./upstream-connection.ts";

/** All that the proof of a peer depends on, and for whom it was made: who differs in any of it never meets on a connection. */
export interface PooledUpstream {
  readonly project: string;
  readonly api: string;
  readonly host: string;
  readonly port: number;
  readonly peer: Peer;
  readonly channel: UpstreamChannel;
}

export interface PoolLimits {
  /** Upstreams whose connections are kept; the one that was asked longest ago makes room. */
  readonly pools: number;
  /** Connections to one upstream. */
  readonly connectionsPerPool: number;
  /** How long a connection stays open with nothing under way. */
  readonly idleMs: number;
}

/** Room for one request on a connection: to be sent on, or given back. */
export interface Lease {
  readonly connection: UpstreamConnection;
  /** Whether another request went over it before: it may have been closed by its peer meanwhile. */
  readonly isReused: boolean;
}

/** Connections whose peers have proved themselves, each to the upstream it was made for. */
export interface ConnectionPools {
  /** Room on a connection that is there; null where there is none. */
  leaseNow(to: PooledUpstream): Lease | null;
  /** Rejects with the connection's error, or as aborted. `anew`: never one that was used before. */
  lease(to: PooledUpstream, options: { readonly abort: AbortSignal; readonly anew: boolean }): Promise<Lease>;
  /** Ends idle connections now and the others with what is under way on them; nothing more is leased. */
  close(): void;
}

interface Pool {
  readonly connections: Set<UpstreamConnection>;
  readonly used: WeakSet<UpstreamConnection>;
  /** Each wakes one call that looks for room again. */
  readonly waiting: Set<() => void>;
  connecting: number;
  /** Settles with the first connection, which tells whether one is enough for many. */
  first: Promise<void> | null;
  isClosed: boolean;
}

const digests = new WeakMap<UpstreamChannel, string>();

function digestOf(channel: UpstreamChannel): string {
  const known = digests.get(channel);
  if (known !== undefined) return known;
  const { channel: kind, pins, roots, furtherCas } = channel;
  const all = JSON.stringify([kind, pins, roots, furtherCas]);
  const digest = createHash("sha256").update(all).digest("base64url");
  digests.set(channel, digest);
  return digest;
}

const keyOf = ({ project, api, host, port, peer, channel }: PooledUpstream): string =>
  `${project} ${api} ${host} ${port} ${peer.address} ${peer.family} ${digestOf(channel)}`;

const aborted = (): Error => Object.assign(new Error("aborted"), { code: "ABORT_ERR" });

/** Waits for one of two, whichever comes first. Leaves no listener behind. */
function wait(begin: (done: () => void) => void, abort: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      abort.removeEventListener("abort", done);
      resolve();
    };
    abort.addEventListener("abort", done);
    begin(done);
  });
}

async function untilEither(settled: Promise<void>, abort: AbortSignal): Promise<void> {
  const left = new AbortController();
  const gone = wait(() => {}, AbortSignal.any([abort, left.signal]));
  await Promise.race([settled, gone]);
  left.abort();
}

/** Creates pools that are empty. */
export function createConnectionPools(proofs: PathProofs, limits: PoolLimits): ConnectionPools {
  const pools = new Map<string, Pool>();
  const closing = new AbortController();

  function poolOf(key: string): Pool {
    const pool: Pool = pools.get(key) ?? {
      connections: new Set(),
      used: new WeakSet(),
      waiting: new Set(),
      connecting: 0,
      first: null,
      isClosed: false,
    };
    pools.delete(key);
    pools.set(key, pool);
    const [oldest] = pools;
    if (pools.size > limits.pools && oldest !== undefined) {
      pools.delete(oldest[0]);
      closePool(oldest[1]);
    }
    return pool;
  }

  function closePool(pool: Pool): void {
    pool.isClosed = true;
    for (const connection of pool.connections) connection.close();
    for (const wake of pool.waiting) wake();
  }

  function forgetIfEmpty(key: string, pool: Pool): void {
    const isEmpty = pool.connections.size + pool.connecting === 0;
    if (isEmpty && pools.get(key) === pool) pools.delete(key);
  }

  function wakeOne({ waiting }: Pool): void {
    const [wake] = waiting;
    wake?.();
  }

  /** Takes room on the connection that was opened last: the others end by being idle. */
  function takeFree(pool: Pool): Lease | null {
    let found: UpstreamConnection | null = null;
    for (const connection of pool.connections) if (connection.room() > 0) found = connection;
    if (found === null) return null;
    found.take();
    const isReused = pool.used.has(found);
    pool.used.add(found);
    return { connection: found, isReused };
  }

  async function connect(to: PooledUpstream, key: string, pool: Pool, abort: AbortSignal): Promise<Lease> {
    pool.connecting += 1;
    // Whoever asked for a connection may give it up until it is there, and not after.
    const givenUp = new AbortController();
    const giveUp = (): void => givenUp.abort();
    for (const signal of [abort, closing.signal]) signal.addEventListener("abort", giveUp);
    try {
      const alpn = ["h2", "http/1.1"];
      const socket = await connectUpstream({ ...to, proofs, alpn, abort: givenUp.signal });
      const origin = `https://${to.host}${to.port === 443 ? "" : `:${to.port}`}`;
      const create = socket.alpnProtocol === "h2" ? createH2Connection : createH1Connection;
      const connection: UpstreamConnection = create(socket, origin, {
        idleMs: limits.idleMs,
        onRoom: () => wakeOne(pool),
        onClosed: () => {
          pool.connections.delete(connection);
          forgetIfEmpty(key, pool);
          wakeOne(pool);
        },
      });
      pool.connections.add(connection);
      pool.used.add(connection);
      connection.take();
      if (pool.isClosed) connection.close();
      return { connection, isReused: false };
    } finally {
      for (const signal of [abort, closing.signal]) signal.removeEventListener("abort", giveUp);
      pool.connecting -= 1;
      forgetIfEmpty(key, pool);
      wakeOne(pool);
    }
  }

  return {
    leaseNow(to) {
      const pool = closing.signal.aborted ? undefined : pools.get(keyOf(to));
      // Whoever waits was there before.
      return pool === undefined || pool.waiting.size > 0 ? null : takeFree(pool);
    },
    async lease(to, { abort, anew }) {
      const key = keyOf(to);
      for (;;) {
        const pool = poolOf(key);
        if (abort.aborted || closing.signal.aborted) {
          wakeOne(pool);
          throw aborted();
        }
        const free = anew ? null : takeFree(pool);
        if (free !== null) return free;
        if (pool.first !== null) {
          await untilEither(pool.first, abort);
        } else if (pool.connections.size + pool.connecting < limits.connectionsPerPool) {
          const isFirst = pool.connections.size + pool.connecting === 0;
          const connected = connect(to, key, pool, abort);
          if (isFirst) {
            const over = (): void => {
              pool.first = null;
            };
            pool.first = connected.then(over, over);
          }
          return await connected;
        } else {
          await wait((done) => {
            const wake = (): void => {
              pool.waiting.delete(wake);
              done();
            };
            pool.waiting.add(wake);
            abort.addEventListener("abort", wake, { once: true });
          }, abort);
        }
      }
    },
    close() {
      closing.abort();
      for (const pool of pools.values()) closePool(pool);
      pools.clear();
    },
  };
}
