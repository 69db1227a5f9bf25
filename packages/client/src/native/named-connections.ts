import { encodeBase64url } from "@countersign/protocol";
import type { Randomness } from "../ports.ts";
import type { NativeExchangeCalls, NativeSocketCalls } from "./native-bridge.ts";

type Connections = NativeExchangeCalls & NativeSocketCalls;

/**
 * The native half's connections, with names that no other page or engine of this process gives: one that is loaded anew counts from one again, while the native
 * half may yet carry what the one before it began.
 */
export function namedConnections(bridge: Connections, randomness: Randomness): Connections {
  let run = "";
  const named = (name: string): string => {
    if (run === "") run = encodeBase64url(randomness.bytes(12));
    return `${run}-${name}`;
  };
  const inExchange = <T extends { readonly exchange: string }>(of: T): T => ({ ...of, exchange: named(of.exchange) });
  const inSocket = <T extends { readonly socket: string }>(of: T): T => ({ ...of, socket: named(of.socket) });
  return {
    send: (of) => bridge.send(inExchange(of)),
    receive: (of) => bridge.receive(inExchange(of)),
    upload: (of) => bridge.upload(inExchange(of)),
    abandon: (of) => bridge.abandon(inExchange(of)),
    openSocket: (of) => bridge.openSocket(inSocket(of)),
    nextOfSocket: (of) => bridge.nextOfSocket(inSocket(of)),
    sendToSocket: (of) => bridge.sendToSocket(inSocket(of)),
    closeSocket: (of) => bridge.closeSocket(inSocket(of)),
  };
}
