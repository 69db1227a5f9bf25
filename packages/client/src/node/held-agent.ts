import { createHash, X509Certificate } from "node:crypto";
import { Agent, type AgentOptions } from "node:https";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import {
  type ConnectionOptions,
  checkServerIdentity,
  connect,
  type DetailedPeerCertificate,
  type PeerCertificate,
} from "node:tls";
import { ChannelError, type ChannelPolicy } from "../ports.ts";

const connectMs = 10_000;

/** Trouble of the network, as against a peer that is there and does not prove itself. */
const networkCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EADDRNOTAVAIL",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
]);

function pinOf(certificate: X509Certificate): string {
  return createHash("sha256")
    .update(certificate.publicKey.export({ format: "der", type: "spki" }))
    .digest("base64url");
}

/** The pins of the chain from the leaf up, each link verified by signature: what a peer merely sends along counts for nothing. */
export function pinsOfChain(leaf: PeerCertificate | DetailedPeerCertificate): string[] {
  let certificate = new X509Certificate(leaf.raw);
  let current: PeerCertificate | DetailedPeerCertificate | undefined = leaf;
  const pins = [pinOf(certificate)];
  for (let depth = 0; depth < 10; depth += 1) {
    const above: PeerCertificate | undefined = "issuerCertificate" in current ? current.issuerCertificate : undefined;
    if (above?.raw === undefined || above.raw.equals(current.raw)) break;
    const issuer = new X509Certificate(above.raw);
    if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) break;
    pins.push(pinOf(issuer));
    certificate = issuer;
    current = above;
  }
  return pins;
}

function toPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/**
 * TLS held to a policy. `system`: the device store. `pins`: the device store and a pin in the chain. `roots`: the managed roots alone.
 * `both`: the managed roots alone and a pin. The host name is verified always. `deviceStore` undefined is Node's own.
 */
function tlsOptions(policy: ChannelPolicy, deviceStore: readonly string[] | undefined): ConnectionOptions {
  const isManaged = policy.channel === "roots" || policy.channel === "both";
  const isPinned = policy.channel === "pins" || policy.channel === "both";
  const ca = isManaged ? policy.roots.map(toPem) : deviceStore === undefined ? undefined : [...deviceStore];
  return {
    ...(ca === undefined ? {} : { ca }),
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    ALPNProtocols: ["http/1.1"],
    checkServerIdentity(host, certificate) {
      const mismatch = checkServerIdentity(host, certificate);
      if (mismatch !== undefined || !isPinned) return mismatch;
      const found = pinsOfChain(certificate);
      return policy.pins.some((pin) => found.includes(pin)) ? undefined : new Error("no pin is in the verified chain");
    },
  };
}

/**
 * Pools the connections of one policy. A socket is handed to HTTP only after the peer proved itself, so nothing of a request is written
 * before; TLS sessions are not resumed, because Node does not check identity again on those.
 */
export class HeldAgent extends Agent {
  readonly #tls: ConnectionOptions;

  constructor(policy: ChannelPolicy, deviceStore: readonly string[] | undefined) {
    super({ keepAlive: true, maxCachedSessions: 0, maxFreeSockets: 8 });
    // An empty list would mean Node's own store: no root at all is a policy nobody can meet.
    if ((policy.channel === "roots" || policy.channel === "both") && policy.roots.length === 0) {
      throw new ChannelError("channel_refused", "the policy names no managed root");
    }
    this.#tls = tlsOptions(policy, deviceStore);
  }

  override createConnection(
    options: AgentOptions & { host?: string; port?: number | string },
    done?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const host = (options.host ?? "").replace(/^\[|\]$/g, "");
    const servername = isIP(host) === 0 ? { servername: host } : {};
    const socket = connect({ ...this.#tls, host, port: Number(options.port), ...servername });
    const settle = (error: Error | null): void => {
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      socket.removeListener("error", failed);
      done?.(error, socket);
    };
    const failed = (error: NodeJS.ErrnoException): void => {
      const isNetwork = networkCodes.has(error.code ?? "");
      const code = isNetwork ? "network" : "channel_refused";
      settle(new ChannelError(code, isNetwork ? "no connection" : "the peer did not prove itself"));
    };
    socket.setTimeout(connectMs, () => socket.destroy(Object.assign(new Error("timeout"), { code: "ETIMEDOUT" })));
    socket.once("error", failed);
    socket.once("secureConnect", () => settle(null));
    return undefined;
  }
}
