import { decodeBase64url, encodeBase64url } from "@countersign/protocol";
import { ChannelError, type SocketListener, type SocketTransport } from "../ports.ts";
import type { NativeSocketCalls } from "./native-bridge.ts";
import { toNativePolicy } from "./native-exchange.ts";
import { toChannelError } from "./native-failure.ts";

/** Sockets of this process so far. */
let sockets = 0;

const broken = { code: 1006, reason: "", wasClean: false } as const;

/** Hands on what comes, one after another, up to the end; a bridge that breaks is an end too. */
async function listen(bridge: NativeSocketCalls, socket: string, listener: SocketListener): Promise<void> {
  for (;;) {
    const event = await bridge.nextOfSocket({ socket }).catch(() => ({ kind: "closed", ...broken }) as const);
    if (event.kind === "closed") {
      const { code, reason, wasClean } = event;
      listener.closed({ code, reason, wasClean });
      return;
    }
    const data = event.kind === "text" ? event.text : decodeBase64url(event.bytes);
    if (data === null) {
      await bridge.closeSocket({ socket, code: null, reason: "" }).catch(() => {});
      listener.closed(broken);
      return;
    }
    listener.message(data);
  }
}

/** WebSockets over the native half's connections. */
export function nativeSocketTransport(bridge: NativeSocketCalls): SocketTransport {
  return {
    sendsHeaders: true,
    channels: ["system", "pins", "roots", "both"],
    async open({ host, port, target, headers, protocols, policy, abort, service = "tls" }, listener) {
      if (abort.aborted) throw new ChannelError("aborted", "the caller gave up");
      if (policy.channel === "pins" && policy.pins.length === 0) {
        throw new ChannelError("channel_refused", "the policy names no pin");
      }
      sockets += 1;
      const socket = String(sockets);
      const close = (code: number | null, reason: string): void =>
        void bridge.closeSocket({ socket, code, reason }).catch(() => {});
      const undo = abort.onAbort(() => close(null, ""));
      let unwritten = 0;
      try {
        const request = {
          socket,
          secure: service === "tls",
          host,
          port,
          target,
          headers,
          protocols,
          policy: toNativePolicy(policy),
        };
        const { protocol, extensions } = await bridge.openSocket(request);
        if (abort.aborted) throw new ChannelError("aborted", "the caller gave up");
        void listen(bridge, socket, listener);
        return {
          protocol,
          extensions,
          bufferedAmount: () => unwritten,
          send(data) {
            const message = typeof data === "string" ? { text: data } : { bytes: encodeBase64url(data) };
            const length = data.length;
            unwritten += length;
            const written = (): void => {
              unwritten -= length;
            };
            bridge.sendToSocket({ socket, ...message }).then(written, written);
          },
          close: (code, reason) => close(code ?? null, reason ?? ""),
        };
      } catch (error) {
        close(null, "");
        throw toChannelError(error, abort.aborted);
      } finally {
        undo();
      }
    },
  };
}
