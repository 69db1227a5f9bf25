import { Agent, type AgentOptions } from "node:https";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, checkServerIdentity, type TLSSocket } from "node:tls";
import { callbackify } from "node:util";
import { ChannelError, type ChannelPolicy } from "../ports.ts";
import { connectTls, type Peer } from "./connect-tls.ts";
import { PinnedPath, toPem } from "./pinned-path.ts";

/**
 * TLS held to a policy. `system` and `pins`: the device store. `roots` and `both`: the managed roots alone. The host name is verified always.
 * Pins are a second condition, `PinnedPath`. `deviceStore` undefined is Node's own.
 */
function tlsOptions(policy: ChannelPolicy, deviceStore: readonly string[] | undefined): ConnectionOptions {
  const isManaged = policy.channel === "roots" || policy.channel === "both";
  const ca = isManaged ? policy.roots.map(toPem) : deviceStore === undefined ? undefined : [...deviceStore];
  return {
    ...(ca === undefined ? {} : { ca }),
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    ALPNProtocols: ["http/1.1"],
    checkServerIdentity,
  };
}

/**
 * Pools the connections of one policy. A socket is handed to HTTP only after the peer proved itself, so nothing of a request is written
 * before; TLS sessions are not resumed, because Node does not check identity again on those.
 */
export class HeldAgent extends Agent {
  readonly #tls: ConnectionOptions;
  /** Null where the policy names no pins. */
  readonly #path: PinnedPath | null;

  constructor(policy: ChannelPolicy, deviceStore: readonly string[] | undefined) {
    super({ keepAlive: true, maxCachedSessions: 0, maxFreeSockets: 8 });
    // An empty list would mean Node's own store: no root at all is a policy nobody can meet.
    if ((policy.channel === "roots" || policy.channel === "both") && policy.roots.length === 0) {
      throw new ChannelError("channel_refused", "the policy names no managed root");
    }
    this.#tls = tlsOptions(policy, deviceStore);
    const isPinned = policy.channel === "pins" || policy.channel === "both";
    this.#path = isPinned ? new PinnedPath(policy.pins) : null;
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
      if (this.#path !== null) await this.#path.prove(to, socket);
      if (socket.destroyed) throw new ChannelError("network", "the connection failed");
      return socket;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }
}
