import { Agent, type AgentOptions } from "node:https";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, checkServerIdentity, type TLSSocket } from "node:tls";
import { callbackify } from "node:util";
import { createAborter } from "../abort.ts";
import { type AbortHandle, ChannelError, type ChannelPolicy } from "../ports.ts";
import { connectTls, type Peer } from "./connect-tls.ts";
import { provenMs } from "./leaf-proof.ts";
import { ManagedPath } from "./managed-path.ts";
import { PinnedPath } from "./pinned-path.ts";

/** What a request gives along with its options: who may give up while its connection is made. Empty once it is over. */
export interface Opening {
  abort: AbortHandle | null;
}

const nobody = createAborter().handle;

/** TLS of any policy: the device store and the host name. `deviceStore` undefined is Node's own. */
function tlsOptions(deviceStore: readonly string[] | undefined): ConnectionOptions {
  return {
    ...(deviceStore === undefined ? {} : { ca: [...deviceStore] }),
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    ALPNProtocols: ["http/1.1"],
    checkServerIdentity,
  };
}

/**
 * Pools the connections of one policy. Each is good for the device store and the host name. `roots` and `both`: its leaf chains to a managed
 * root as well (`ManagedPath`); `pins` and `both`: to a pinned key (`PinnedPath`). A socket is handed to HTTP only after the peer proved itself,
 * so nothing of a request is written before; TLS sessions are not resumed, because Node does not check identity again on those. A connection
 * begins no request after an hour, nor when what proved its peer has ended.
 */
export class HeldAgent extends Agent {
  readonly #tls: ConnectionOptions;
  /** What the policy demands beside the device store. */
  readonly #paths: readonly (ManagedPath | PinnedPath)[];
  readonly #nowMs: () => number;
  /** Until when a connection may begin a request. */
  readonly #goodUntilMs = new WeakMap<object, number>();

  /** `nowMs`: any clock that only goes forward, for the age of proofs. Throws ChannelError where nobody can meet the policy. */
  constructor(
    policy: ChannelPolicy,
    deviceStore: readonly string[] | undefined,
    nowMs: () => number = () => performance.now(),
  ) {
    super({ keepAlive: true, maxCachedSessions: 0, maxFreeSockets: 8 });
    this.#tls = tlsOptions(deviceStore);
    this.#nowMs = nowMs;
    const isManaged = policy.channel === "roots" || policy.channel === "both";
    const isPinned = policy.channel === "pins" || policy.channel === "both";
    this.#paths = [
      ...(isManaged ? [new ManagedPath(policy.roots, nowMs)] : []),
      ...(isPinned ? [new PinnedPath(policy.pins, isManaged ? policy.roots : [], nowMs)] : []),
    ];
  }

  override createConnection(
    options: AgentOptions & { host?: string; port?: number | string; opening?: Opening },
    done?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const host = (options.host ?? "").replace(/^\[|\]$/g, "");
    const abort = options.opening?.abort ?? nobody;
    const connected = callbackify(() => this.#connect({ host, port: Number(options.port) }, abort));
    connected((error, socket) => done?.(error, socket));
    return undefined;
  }

  /** Closes pooled connections whose time is over. To be called before a request is given to this agent. */
  dropAged(): void {
    const nowMs = this.#nowMs();
    for (const socket of Object.values(this.freeSockets).flatMap((sockets) => sockets ?? [])) {
      if (nowMs < (this.#goodUntilMs.get(socket) ?? Number.NEGATIVE_INFINITY)) continue;
      socket.destroy();
      // Its `close` comes later; until then it would be given to a request.
      socket.emit("agentRemove");
    }
  }

  async #connect(to: Peer, abort: AbortHandle): Promise<TLSSocket> {
    let untilMs = this.#nowMs() + provenMs;
    const socket = await connectTls(to, this.#tls, abort);
    try {
      for (const path of this.#paths) untilMs = Math.min(untilMs, await path.prove(to, socket, abort));
      if (socket.destroyed) throw new ChannelError("network", "the connection failed");
      this.#goodUntilMs.set(socket, untilMs);
      return socket;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }
}
