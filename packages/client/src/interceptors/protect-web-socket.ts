import type { Agent } from "../agent.ts";
import { openSocket } from "../fetch/agent-sockets.ts";
import { unlessAborted } from "../fetch/unless-aborted.ts";
import type { AbortHandle, ChannelSocket, SocketListener } from "../ports.ts";
import { createDeferredWebSocketClass, type DeferredWebSocket } from "./agent-web-socket.ts";
import { install } from "./install.ts";
import { domError } from "./platform-error.ts";
import { platformSockets, whenOpen } from "./platform-sockets.ts";
import { createRouting } from "./routing.ts";
import type { Protection, ProtectOptions, Scope } from "./scope.ts";

/** React Native's third argument. */
interface NativeOptions {
  readonly headers?: Readonly<Record<string, string>>;
}

type Call = readonly [url: unknown, protocols?: unknown, options?: NativeOptions];

const subprotocol = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

function protocolsOf(scope: Scope, given: unknown): readonly string[] {
  const protocols =
    given === undefined || given === null ? [] : Array.isArray(given) ? given.map(String) : [String(given as string)];
  const isGood = protocols.every((each) => subprotocol.test(each)) && new Set(protocols).size === protocols.length;
  if (!isGood) throw domError(scope, "SyntaxError", "subprotocols are tokens, each once");
  return protocols;
}

/** `http` and `https` are read as `ws` and `wss`, as the standard has it. */
function socketUrl(url: string): string {
  return url.replace(/^http/i, "ws").replace(/#.*$/s, "");
}

/**
 * Puts the agent in front of a scope's `WebSocket`. What is not the agent's is the platform's own object, made of the very same arguments. What
 * is opens once the agent has what it needs; it fails with the events `error` and `close` and with `countersignError`. Null where there is
 * none.
 */
export function protectWebSocket(
  agent: Agent,
  scope: Scope = globalThis,
  options: ProtectOptions = {},
): Protection | null {
  return install(agent, scope, "WebSocket", (Platform, gate) => {
    const routing = createRouting(agent, scope, options);
    const Deferred = createDeferredWebSocketClass(scope);
    const transport = platformSockets(scope, Platform);

    function openByAgent(call: Call, listener: SocketListener, abort: AbortHandle): Promise<ChannelSocket> {
      const [url, protocols, native] = call;
      return openSocket(
        agent,
        socketUrl(routing.resolve(String(url))),
        {
          protocols: protocolsOf(scope, protocols),
          ...(native?.headers === undefined ? {} : { headers: native.headers }),
          platform: transport,
          abort,
        },
        listener,
      );
    }

    function openLater(call: Call, verdict: true | Promise<boolean>): DeferredWebSocket {
      const [url, protocols] = call;
      protocolsOf(scope, protocols);
      const shown = socketUrl(routing.resolve(String(url)));
      return new Deferred(shown, async (listener, abort) => {
        if (await unlessAborted(Promise.resolve(verdict), abort)) return openByAgent(call, listener, abort);
        const socket = Reflect.construct(Platform, call) as WebSocket;
        abort.onAbort(() => socket.close());
        return whenOpen(socket, listener);
      });
    }

    /** What a subclass adds goes before the members of a socket that is opened later, which is none of the platform's. */
    function withMembersOf(target: typeof WebSocket, socket: DeferredWebSocket): DeferredWebSocket {
      let members: object = Deferred.prototype as object;
      const added: object[] = [];
      for (let each: object | null = target.prototype; each !== null && each !== Platform.prototype; ) {
        added.unshift(each);
        each = Object.getPrototypeOf(each) as object | null;
      }
      for (const each of added) {
        // Node knows its EventTargets by their constructor.
        const { constructor: _own, ...rest } = Object.getOwnPropertyDescriptors(each);
        members = Object.create(members, rest) as object;
      }
      return added.length === 0 ? socket : (Object.setPrototypeOf(socket, members) as DeferredWebSocket);
    }

    function ProtectedWebSocket(...call: Call): WebSocket | DeferredWebSocket {
      // As a function, without `new`: the platform's own refuses that.
      if (new.target === undefined) return Reflect.apply(Platform as unknown as () => WebSocket, undefined, call);
      const pass = (): WebSocket =>
        Reflect.construct(Platform, call, Object.is(new.target, front) ? Platform : new.target) as WebSocket;
      if (!gate.isOpen()) return pass();
      const [url, , native] = call;
      const verdict = routing.isOurs(String(url), Object.values(native?.headers ?? {}).map(String));
      if (verdict === false) return pass();
      return withMembersOf(new.target as unknown as typeof WebSocket, openLater(call, verdict));
    }

    const front = ProtectedWebSocket as unknown as typeof WebSocket;
    Object.defineProperty(front, "name", { value: "WebSocket" });
    Object.defineProperty(front, "prototype", { value: Platform.prototype });
    Object.defineProperty(front, Symbol.hasInstance, {
      value: (value: unknown) => value instanceof Platform || value instanceof Deferred,
    });
    ["CONNECTING", "OPEN", "CLOSING", "CLOSED"].forEach((name, value) => {
      Object.defineProperty(front, name, { value, enumerable: true });
    });
    return front;
  });
}
