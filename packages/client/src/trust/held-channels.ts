import { decodeBase64url, type Manifest } from "@countersign/protocol";
import type { ChannelHolder, ChannelPolicy, HostChannel } from "../ports.ts";

/** What no connection passes. */
const nothing: ChannelPolicy = { channel: "pins", pins: [], roots: [] };

/** Every API's channel. One of a kind that this version does not know lets nothing pass, as the agent's own connections do. */
function channelsOf({ apis, roots: texts }: Manifest): HostChannel[] {
  const roots = texts.map((der) => decodeBase64url(der)).filter((der) => der !== null);
  return apis.map(({ host, port, channel, pins }) => ({
    host,
    port,
    policy:
      channel === "unknown"
        ? nothing
        : { channel, pins, roots: channel === "roots" || channel === "both" ? roots : [] },
  }));
}

/** Tells the platform what verified manifests say of channels, each once. */
export class HeldChannels {
  readonly #holder: ChannelHolder | undefined;
  readonly #onFailed: (code: "unsupported" | "unavailable") => void;
  #held: Manifest | null = null;

  constructor(holder: ChannelHolder | undefined, onFailed: (code: "unsupported" | "unavailable") => void) {
    this.#holder = holder;
    this.#onFailed = onFailed;
  }

  /** Nothing is said where no manifest is in force: what was held goes on. What failed is said again with the next answer. */
  async hold(manifest: Manifest | null): Promise<void> {
    if (this.#holder === undefined || manifest === null || manifest === this.#held) return;
    try {
      await this.#holder.hold(channelsOf(manifest));
      this.#held = manifest;
    } catch (error) {
      const { code } = (typeof error === "object" && error !== null ? error : {}) as { readonly code?: unknown };
      this.#onFailed(code === "unsupported" ? code : "unavailable");
    }
  }
}
