import { brokeredSocket, toBrokeredProtocols } from "@countersign/protocol";
import { eitherAbort } from "../abort.ts";
import type { Agent } from "../agent-api.ts";
import { type AgentInside, insideOf } from "../agent-inside.ts";
import { passHeaders } from "../broker/pass-headers.ts";
import { AgentError } from "../errors.ts";
import type { AbortHandle, ChannelPolicy, ChannelSocket, SocketListener, SocketTransport } from "../ports.ts";
import { DpopNonces } from "../proofs/dpop-nonces.ts";
import { addressOf } from "../service-origin.ts";
import { type AgentRequestInit, type AppRequest, toAppRequest } from "./app-request.ts";
import { callChannel, policyOf, systemPolicy } from "./channel-call.ts";
import { type FilledHop, fillHop } from "./fill-hop.ts";
import { parsePlainUrl } from "./plain-url.ts";
import { type PreparedHop, prepareHop } from "./prepare-hop.ts";
import { proveHop } from "./prove-hop.ts";
import { RevealedValues } from "./revealed-values.ts";
import { unlessAborted } from "./unless-aborted.ts";

export interface AgentSocketInit {
  /** Subprotocols. */
  readonly protocols?: readonly string[];
  readonly headers?: AgentRequestInit["headers"];
  /** Ends the opening. */
  readonly abort?: AbortHandle;
  /** The platform's own sockets: used for channel `system` where the ports bring none. */
  readonly platform?: SocketTransport;
}

/** An open WebSocket. */
export interface AgentSocket extends ChannelSocket {
  /** With its placeholders: never a secret. */
  readonly url: string;
}

/** How a connection is to be opened. Holds secrets: it lives for the call of the transport alone. */
interface Opening {
  readonly host: string;
  readonly port: number;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly policy: ChannelPolicy;
  readonly api: string | null;
  readonly service?: "tls" | "plain";
}

type ProtectedHop = PreparedHop & { kind: "protected" };

const maxKeysTried = 2;

/** A WebSocket's opening is a GET (RFC 6455 §4.1): it is judged as one. */
function toOpeningRequest(url: string, init: AgentSocketInit): AppRequest {
  const match = /^wss:(.*)$/is.exec(url);
  if (match === null) throw new AgentError("url_refused");
  return toAppRequest(`https:${match[1] ?? ""}`, init.headers === undefined ? {} : { headers: init.headers });
}

/** Opens WebSockets by the rules of protocol section 10. */
class AgentSockets {
  readonly #deps: AgentInside;
  readonly #nonces = new DpopNonces();

  constructor(deps: AgentInside) {
    this.#deps = deps;
  }

  async open(url: string, init: AgentSocketInit, listener: SocketListener): Promise<AgentSocket> {
    const request = toOpeningRequest(String(url), init);
    const stop = this.#deps.stopped;
    const abort = init.abort === undefined ? stop : eitherAbort(init.abort, stop);
    const revealed = new RevealedValues(this.#deps.masks);
    try {
      await unlessAborted(this.#deps.ready(), abort);
      for (let keys = 0; keys < maxKeysTried; keys += 1) {
        const hop = await unlessAborted(prepareHop(this.#deps, request, true, abort), abort);
        const opened =
          hop.kind === "unregistered"
            ? await this.#openPlain(request, hop.unfilled, init, abort, listener)
            : await this.#openProtected(hop, init, abort, revealed, listener);
        if (opened !== null) return { ...opened, url: shownUrl(hop, url) };
      }
      throw new AgentError("key_unavailable");
    } catch (error) {
      throw stop.aborted ? new AgentError("stopped") : error;
    } finally {
      revealed.wipe();
    }
  }

  #openPlain(
    request: AppRequest,
    unfilled: readonly string[],
    init: AgentSocketInit,
    abort: AbortHandle,
    listener: SocketListener,
  ): Promise<ChannelSocket> {
    const target = parsePlainUrl(request.url);
    if (target === null) throw new AgentError("url_refused");
    if (unfilled.length > 0) this.#deps.unfilled(unfilled, target.host);
    const { headers } = request;
    return this.#call({ ...target, headers, policy: systemPolicy, api: null }, init, abort, listener);
  }

  /** Null where the platform lost the key that a proof was asked of, and another was enrolled. Nothing was sent then. */
  async #openProtected(
    hop: ProtectedHop,
    init: AgentSocketInit,
    abort: AbortHandle,
    revealed: RevealedValues,
    listener: SocketListener,
  ): Promise<ChannelSocket | null> {
    const policy = policyOf(hop.manifest, hop.match.api);
    if (hop.ownToken !== null && hop.wipes !== this.#deps.wipes()) {
      hop.ownToken.token.wipe();
      throw new AgentError("token_unavailable");
    }
    const filled = fillHop(hop, revealed);
    if (filled.unfilled.length > 0) this.#deps.unfilled(filled.unfilled, hop.match.api.host);
    if (filled.brokered) return this.#openBrokered(hop, filled, init, abort, listener);
    const transport = this.#transportOf(policy, init);
    if (!transport.sendsHeaders && filled.token !== null) throw new AgentError("token_unavailable");
    const proven = await unlessAborted(proveHop(this.#deps, "GET", hop, filled, this.#nonces), abort);
    if (proven === null) {
      if (hop.session !== null) await unlessAborted(this.#deps.replaceKey(hop.session), abort);
      return null;
    }
    const { host, port } = filled.url;
    const { api } = hop.match.api;
    const target = targetOf(filled);
    return this.#call({ host, port, target, headers: proven.headers, policy, api }, init, abort, listener);
  }

  /** Pass and MAC go as subprotocols, which every platform sends. */
  async #openBrokered(
    hop: ProtectedHop,
    filled: FilledHop,
    init: AgentSocketInit,
    abort: AbortHandle,
    listener: SocketListener,
  ): Promise<ChannelSocket> {
    const { ports, configuration } = this.#deps;
    const origin = hop.manifest.broker ?? ports.service.origin;
    const target = `/b/${configuration.project}/${hop.match.api.api}${targetOf(filled)}`;
    const request = { method: "GET", targetUri: origin.replace(/^http/, "ws") + target, body: null };
    const [pass, input, mac] = (hop.session && passHeaders(hop.session, request, ports.randomness)) ?? [];
    if (!pass || !input || !mac) throw new AgentError("secret_unavailable");
    const fields = { pass: pass[1], signatureInput: input[1], signature: mac[1] };
    const protocols = toBrokeredProtocols({ ...fields, protocols: init.protocols ?? [] });
    if (protocols === null) throw new AgentError("request_refused");
    const { secure, host, port } = addressOf(origin);
    const service = secure ? "tls" : "plain";
    const { headers } = filled;
    const opening = { host, port, target, headers, policy: systemPolicy, api: null, service } as const;
    const socket = await this.#call(opening, { ...init, protocols }, abort, listener);
    return socket.protocol === brokeredSocket ? { ...socket, protocol: "" } : socket;
  }

  #transportOf(policy: ChannelPolicy, init: AgentSocketInit): SocketTransport {
    const { sockets } = this.#deps.ports;
    if (sockets?.channels.includes(policy.channel) === true) return sockets;
    if (policy.channel === "system" && init.platform !== undefined) return init.platform;
    throw new AgentError("channel_refused");
  }

  async #call(
    { api, ...opening }: Opening,
    init: AgentSocketInit,
    abort: AbortHandle,
    listener: SocketListener,
  ): Promise<ChannelSocket> {
    const transport = this.#transportOf(opening.policy, init);
    if (!transport.sendsHeaders && opening.headers.length > 0) throw new AgentError("request_refused");
    if (abort.aborted) throw new AgentError("aborted");
    const end = untilClosed(listener);
    const request = { ...opening, protocols: init.protocols ?? [], abort };
    const socket = await callChannel(() => transport.open(request, end.listener), this.#deps.signals, api);
    end.undo = closedBy(this.#deps.stopped, socket);
    return withoutRequest(socket);
  }
}

function targetOf({ url: { path, query } }: FilledHop): string {
  return query === null ? path : `${path}?${query}`;
}

// What lives as long as a socket is made apart from what opens it: a function keeps all that the one around it knows, and that was filled.

function closedBy(stop: AbortHandle, socket: ChannelSocket): () => void {
  return stop.onAbort(() => socket.close());
}

/** `undo` is called before the listener is told of the end. */
function untilClosed(listener: SocketListener): { readonly listener: SocketListener; undo: () => void } {
  const end = {
    undo: (): void => {},
    listener: {
      message: (data: string | Uint8Array) => listener.message(data),
      closed(how: Parameters<SocketListener["closed"]>[0]) {
        end.undo();
        listener.closed(how);
      },
    },
  };
  return end;
}

function withoutRequest(socket: ChannelSocket): ChannelSocket {
  return {
    protocol: socket.protocol,
    extensions: socket.extensions,
    bufferedAmount: () => socket.bufferedAmount(),
    send: (data) => socket.send(data),
    close: (code, reason) => socket.close(code, reason),
  };
}

const made = new WeakMap<Agent, AgentSockets>();

/**
 * Opens a WebSocket (`wss`) as `fetch` sends a request: places of its URL and headers are filled, the API's token is added, the channel is
 * held to the manifest. Where the transport sends no headers, what needs one fails before anything is sent. Stopping the agent closes it.
 */
export function openSocket(
  agent: Agent,
  url: string,
  init: AgentSocketInit,
  listener: SocketListener,
): Promise<AgentSocket> {
  const sockets = made.get(agent) ?? new AgentSockets(insideOf(agent));
  made.set(agent, sockets);
  return sockets.open(url, init, listener);
}

function shownUrl(hop: PreparedHop, url: string): string {
  return hop.kind === "unregistered" ? url : `wss${hop.match.url.text.slice("https".length)}`;
}
