import { parseStrictJson } from "@countersign/protocol";
import type { CryptoPort } from "../crypto/port.ts";
import { readBounded } from "../read-bounded.ts";
import { parseServiceUrl } from "../service-url.ts";
import { importEntries } from "./key-entry.ts";
import { findIn, type KeyLookup, type KeySource, type OpenKeySource, type VerificationKey } from "./key-source.ts";
import { parseJwks } from "./parse-jwks.ts";
import { readMaxAge } from "./read-cache-control.ts";
import { type PublicAlg, publicAlgs } from "./token-alg.ts";

export interface JwksOptions {
  /** `https`; plain `http` on loopback alone. */
  readonly url: string | URL;
  /** Algorithms that keys of the set may be for. Default: every algorithm of a public key. */
  readonly algs?: readonly PublicAlg[];
  /** Where the answer does not say. Default 300. Whatever it says, 600 is the most. */
  readonly cacheSeconds?: number;
  /** At least so long between two questions, whatever tokens ask for; 1 s while there is no set to use. Default 30, 1 to 600. */
  readonly cooldownSeconds?: number;
  /** How long beyond its time a set still counts while it is asked for again. Default 300, 0 to 86400. */
  readonly staleWhileRevalidateSeconds?: number;
  /** Default 5000, 100 to 30000. */
  readonly timeoutMs?: number;
  /** Default `globalThis.fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

interface HeldSet {
  readonly keys: readonly VerificationKey[];
  readonly freshUntilMs: number;
  readonly usableUntilMs: number;
}

const mostCacheSeconds = 600;
const mostBytes = 256 * 1024;

function inRange(name: string, value: number, min: number, max: number): number {
  if (value >= min && value <= max) return value;
  throw new TypeError(`${name} is ${min} to ${max}`);
}

/** Waits for a promise, but no longer than so: `fetch` may be one that knows no signal. */
async function within(waitMs: number, promise: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, waitMs);
  });
  await Promise.race([promise, over]);
  clearTimeout(timer);
}

class RemoteKeys implements OpenKeySource {
  readonly #crypto: CryptoPort;
  readonly #nowMs: () => number;
  readonly #options: Required<Omit<JwksOptions, "url">> & { readonly url: URL };
  #held: HeldSet | null = null;
  #askedAtMs: number | null = null;
  #asking: Promise<void> | null = null;

  constructor(
    crypto: CryptoPort,
    nowMs: () => number,
    options: Required<Omit<JwksOptions, "url">> & { readonly url: URL },
  ) {
    this.#crypto = crypto;
    this.#nowMs = nowMs;
    this.#options = options;
  }

  find(kid: string | null): KeyLookup | Promise<KeyLookup> {
    const now = this.#nowMs();
    const held = this.#held;
    if (held === null || now >= held.usableUntilMs) return this.#findAfterAsking(kid);
    if (now >= held.freshUntilMs) void this.#ask();
    const found = findIn(held.keys, kid, 1);
    // A key that is not in the set may have been staged since.
    return found.ok || kid === null ? found : this.#findAfterAsking(kid);
  }

  async #findAfterAsking(kid: string | null): Promise<KeyLookup> {
    await within(this.#options.timeoutMs, this.#ask());
    const held = this.#held;
    if (held === null || this.#nowMs() >= held.usableUntilMs) return { ok: false, reason: "keys_unavailable" };
    return findIn(held.keys, kid, 1);
  }

  /** One question at a time, and none within the cooldown of the last. */
  #ask(): Promise<void> {
    const now = this.#nowMs();
    const sinceMs = this.#askedAtMs === null ? null : now - this.#askedAtMs;
    if (this.#asking !== null && !this.#isLost(sinceMs)) return this.#asking;
    if (sinceMs !== null && sinceMs >= 0 && sinceMs < this.#cooldownMs(now)) return Promise.resolve();
    this.#askedAtMs = now;
    const asking = this.#load(now)
      .then((loaded) => {
        if (loaded !== null && this.#asking === asking) this.#held = loaded;
      })
      .catch(() => {})
      .finally(() => {
        if (this.#asking === asking) this.#asking = null;
      });
    this.#asking = asking;
    return asking;
  }

  /** Whoever has no usable set refuses everybody: one failed question must not make that last for the whole cooldown. */
  #cooldownMs(now: number): number {
    const isUsable = this.#held !== null && now < this.#held.usableUntilMs;
    return (isUsable ? this.#options.cooldownSeconds : 1) * 1000;
  }

  /** A worker's runtime may end what a request began together with that request, its timer included, and settle nothing. */
  #isLost(sinceMs: number | null): boolean {
    return sinceMs === null || sinceMs < 0 || sinceMs > this.#options.timeoutMs;
  }

  /** A good set or null: an answer that is none never takes the place of one. Its time counts from the question. */
  async #load(askedAtMs: number): Promise<HeldSet | null> {
    const { url, fetch, timeoutMs, algs, cacheSeconds, staleWhileRevalidateSeconds } = this.#options;
    const response = await fetch(url, {
      redirect: "error",
      headers: { accept: "application/jwk-set+json, application/json" },
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      return null;
    }
    const bytes = await readBounded(response, mostBytes);
    const read = bytes === null ? null : parseStrictJson(bytes, { maxBytes: mostBytes });
    const entries = read?.ok === true ? parseJwks(read.value, algs) : null;
    const keys = entries === null ? null : await importEntries(this.#crypto, entries);
    if (keys === null) return null;
    const freshSeconds = Math.min(readMaxAge(response.headers) ?? cacheSeconds, mostCacheSeconds);
    const freshUntilMs = askedAtMs + freshSeconds * 1000;
    return { keys, freshUntilMs, usableUntilMs: freshUntilMs + staleWhileRevalidateSeconds * 1000 };
  }
}

/**
 * The key set that the service publishes. Fetched when it is first needed, then kept as long as its `Cache-Control` says, 600 s at most; a
 * key whose `exp` has come is refused whatever is kept. An unknown `kid` asks once per cooldown. Without a usable set every token is
 * refused as `keys_unavailable`. Each verifier keeps its own.
 */
export function jwks(options: JwksOptions): KeySource {
  const { algs = publicAlgs } = options;
  const settled = {
    url: parseServiceUrl(options.url),
    algs,
    cacheSeconds: inRange("cacheSeconds", options.cacheSeconds ?? 300, 0, mostCacheSeconds),
    cooldownSeconds: inRange("cooldownSeconds", options.cooldownSeconds ?? 30, 1, 600),
    staleWhileRevalidateSeconds: inRange(
      "staleWhileRevalidateSeconds",
      options.staleWhileRevalidateSeconds ?? 300,
      0,
      86_400,
    ),
    timeoutMs: inRange("timeoutMs", options.timeoutMs ?? 5000, 100, 30_000),
    fetch: options.fetch ?? globalThis.fetch,
  };
  if (algs.length === 0 || algs.some((alg) => !publicAlgs.includes(alg)))
    throw new TypeError("not algorithms of a public key");
  return { algs, open: (crypto, nowMs) => new RemoteKeys(crypto, nowMs, settled) };
}
