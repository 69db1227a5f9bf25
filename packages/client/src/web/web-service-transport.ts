import { concatBytes, parseConfigurationString } from "@countersign/protocol";
import * as limits from "@countersign/protocol/limits";
import { createAborter } from "../abort.ts";
import { ChannelError, type ServiceTransport } from "../ports.ts";
import { isPlainService, serviceOrigin } from "../service-origin.ts";
import { EventStreamReader } from "../watch/event-stream.ts";
import { webFetch } from "./web-fetch.ts";

/** The service over the browser's fetch. What it brings is untrusted bytes to the core, which believes signatures alone. */
export function webServiceTransport(configuration: string): ServiceTransport {
  const parsed = parseConfigurationString(configuration);
  if (!parsed.ok) throw new TypeError(parsed.detail);
  const origin = serviceOrigin(parsed.value, isPlainService(parsed.value, false));
  return {
    origin,

    async send({ method, path, headers, body, timeoutMs }) {
      const aborter = createAborter();
      const timer = setTimeout(() => aborter.abort(), timeoutMs);
      try {
        const answer = await webFetch({ url: origin + path, method, headers, body, abort: aborter.handle });
        const parts: Uint8Array[] = [];
        let length = 0;
        for await (const part of answer.body) {
          length += part.length;
          if (length > limits.answerBytes) throw new ChannelError("network", "the answer is too large");
          parts.push(part);
        }
        return { status: answer.status, headers: answer.headers, body: concatBytes(...parts) };
      } finally {
        clearTimeout(timer);
      }
    },

    async watch({ path, headers }, onData, abort) {
      const answer = await webFetch({ url: origin + path, method: "GET", headers, body: null, abort });
      const type = answer.headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
      const isStream = answer.status === 200 && type.startsWith("text/event-stream");
      const reader = new EventStreamReader(onData);
      const decoder = new TextDecoder();
      for await (const part of answer.body) {
        if (!isStream || !reader.push(decoder.decode(part, { stream: true }))) break;
      }
    },

    relay: ({ origin: at = origin, method, path, headers, body, abort }) =>
      webFetch({ url: at + path, method, headers, body, abort }),
  };
}
