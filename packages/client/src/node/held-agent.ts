import { Agent, type AgentOptions } from "node:https";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, checkServerIdentity, type TLSSocket } from "node:tls";
import { callbackify } from "node:util";
import { ChannelError, type ChannelPolicy } from "../ports.ts";
import { connectTls, type Peer } from "./connect-tls.ts";
import { ManagedPath } from "./managed-path.ts";
import { PinnedPath } from "./pinned-path.ts";

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
 * so nothing of a request is written before; TLS sessions are not resumed, because Node does not check identity again on those.
 */
export class HeldAgent extends Agent {
  readonly #tls: ConnectionOptions;
  /** What the policy demands beside the device store. */
  readonly #paths: readonly (ManagedPath | PinnedPath)[];

  /** `nowMs`: any clock that only goes forward, for the age of proofs. Throws ChannelError where nobody can meet the policy. */
  constructor(
    policy: ChannelPolicy,
    deviceStore: readonly string[] | undefined,
    nowMs: () => number = () => performance.now(),
  ) {
    super({ keepAlive: true, maxCachedSessions: 0, maxFreeSockets: 8 });
    this.#tls = tlsOptions(deviceStore);
    const isManaged = policy.channel === "roots" || policy.channel === "both";
    const isPinned = policy.channel === "pins" || policy.channel === "both";
    this.#paths = [
      ...(isManaged ? [new ManagedPath(policy.roots, nowMs)] : []),
      ...(isPinned ? [new PinnedPath(policy.pins, isManaged ? policy.roots : [], nowMs)] : []),
    ];
  }

  override createConnection(
    options: AgentOptions & { host?: string; port?: number | string },
    done?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const host = (options.host ?? "").replace(/^\[|\]$/g, "");
    const connected = callbackify(() => this.#connect({ host, port: Number(options.port) }));
    connected((error, socket) => done?.(error, socket));
    return undefined;
  }

  async #connect(to: Peer): Promise<TLSSocket> {
    const socket = await connectTls(to, this.#tls);
    try {
      for (const path of this.#paths) await path.prove(to, socket);
      if (socket.destroyed) throw new ChannelError("network", "the connection failed");
      return socket;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }
}
