import { ChannelError, type ChannelTransport } from "../ports.ts";
import type { NativeExchangeCalls } from "./native-bridge.ts";
import { exchange } from "./native-exchange.ts";

/** Connections to APIs, held to their policy by the native half. */
export function nativeChannelTransport(bridge: NativeExchangeCalls): ChannelTransport {
  return {
    streams: true,
    async send({ method, host, port, target, headers, body, stream, policy, abort }) {
      if (policy.channel === "pins" && policy.pins.length === 0) {
        throw new ChannelError("channel_refused", "the policy names no pin");
      }
      return exchange(bridge, { secure: true, method, host, port, target, headers, body, stream, policy, abort });
    },
  };
}
