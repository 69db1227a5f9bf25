import { ChannelError, type ChannelTransport } from "../ports.ts";
import { webFetch } from "./web-fetch.ts";

/**
 * Requests to APIs over the browser's fetch. A page cannot see a certificate, so every policy but `system` is refused: an API with pins or
 * managed roots is reached from the web through the broker, or not at all.
 */
export function webChannelTransport(): ChannelTransport {
  return {
    async send({ method, host, port, target, headers, body, policy, abort }) {
      if (policy.channel !== "system") {
        throw new ChannelError("channel_refused", "a browser cannot hold a connection to pins or roots");
      }
      const url = `https://${host}${port === 443 ? "" : `:${port}`}${target}`;
      return webFetch({ url, method, headers, body, abort });
    },
  };
}
