import { concatBytes, parseConfigurationString, toUtf8 } from "@countersign/protocol";
import * as limits from "@countersign/protocol/limits";
import { createAborter } from "../abort.ts";
import {
  ChannelError,
  type ChannelPolicy,
  type ChannelResponse,
  type ServiceTransport,
  type Timers,
} from "../ports.ts";
import { addressOf, isPlainService, serviceOrigin } from "../service-origin.ts";
import { EventStreamReader } from "../watch/event-stream.ts";
import type { NativeExchangeCalls } from "./native-bridge.ts";
import { exchange, type NativeMessage } from "./native-exchange.ts";

const system: ChannelPolicy = { channel: "system", pins: [], roots: [] };

const isEventStream = ({ status, headers }: ChannelResponse): boolean =>
  status === 200 &&
  headers.some(([name, value]) => name.toLowerCase() === "content-type" && value.startsWith("text/event-stream"));

/** The service over the native half's connections. What it brings is untrusted bytes to the core, which believes signatures alone. */
export function nativeServiceTransport(options: {
  readonly bridge: NativeExchangeCalls;
  readonly configuration: string;
  readonly timers: Timers;
}): ServiceTransport {
  const parsed = parseConfigurationString(options.configuration);
  if (!parsed.ok) throw new TypeError(parsed.detail);
  const { host, port } = parsed.value;
  const plain = isPlainService(parsed.value, false);
  const to = { secure: !plain, host, port: port ?? (plain ? 80 : 443), policy: system };
  const send = (message: Omit<NativeMessage, keyof typeof to>) => exchange(options.bridge, { ...to, ...message });

  return {
    origin: serviceOrigin(parsed.value, plain),

    async send({ method, path, headers, body, timeoutMs }) {
      const aborter = createAborter();
      const cancel = options.timers.after(timeoutMs, () => aborter.abort());
      try {
        const bytes = body === null ? null : toUtf8(body);
        const answer = await send({ method, target: path, headers, body: bytes, abort: aborter.handle });
        const parts: Uint8Array[] = [];
        let length = 0;
        for await (const part of answer.body) {
          length += part.length;
          if (length > limits.answerBytes) throw new ChannelError("network", "the answer is too large");
          parts.push(part);
        }
        return { status: answer.status, headers: answer.headers, body: concatBytes(...parts) };
      } finally {
        cancel();
      }
    },

    async watch({ path, headers }, onData, abort) {
      const answer = await send({ method: "GET", target: path, headers, body: null, abort });
      const isStream = isEventStream(answer);
      const reader = new EventStreamReader(onData);
      for await (const part of answer.body) {
        // Generations are digits: what is not ASCII is no event of ours, and Hermes has no TextDecoder.
        if (!isStream || !reader.push(String.fromCharCode(...part))) break;
      }
    },

    relay: ({ origin, method, path, headers, body, abort }) => {
      const at = origin === undefined ? to : { ...addressOf(origin), policy: system };
      return exchange(options.bridge, { ...at, method, target: path, headers, body, abort });
    },
  };
}
