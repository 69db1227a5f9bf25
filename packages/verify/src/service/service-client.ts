import { isVerifyReason, parseStrictJson } from "@countersign/protocol";
import { parseDecoyList } from "../decoys/parse-decoy-list.ts";
import { isObject } from "../keys/parse-jwks.ts";
import { readBounded } from "../read-bounded.ts";
import { parseServiceUrl } from "../service-url.ts";
import type { ConsumeResult, DecoyList, ServiceClient, TrafficReport } from "./service-port.ts";

export interface ServiceClientOptions {
  /** The service's origin, `https://…`; plain `http` on loopback alone. */
  readonly url: string;
  /** `csv_…`, of `countersign verifier add`. */
  readonly credential: string;
  /** The protected API's id. */
  readonly api: string;
  /** Default `globalThis.fetch`. */
  readonly fetch?: typeof globalThis.fetch;
  /** For one question, its answer included. Default 3000, 100 to 30000. */
  readonly timeoutMs?: number;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const mostAnswerBytes = 64 * 1024;
const unavailable = { ok: false, reason: "consume_unavailable" } as const satisfies ConsumeResult;

function toConsumeResult(answer: unknown): ConsumeResult {
  if (!isObject(answer)) return unavailable;
  if (answer.ok === true && typeof answer.alreadyConsumed === "boolean")
    return { ok: true, alreadyConsumed: answer.alreadyConsumed };
  if (answer.ok === false && typeof answer.reason === "string" && isVerifyReason(answer.reason))
    return { ok: false, reason: answer.reason };
  return unavailable;
}

class FetchServiceClient implements ServiceClient {
  readonly #url: URL;
  readonly #credential: string;
  readonly #api: string;
  readonly #fetch: typeof globalThis.fetch;
  readonly #timeoutMs: number;

  constructor(options: ServiceClientOptions) {
    this.#url = parseServiceUrl(options.url);
    if (!/^csv_[A-Za-z0-9_-]{43}$/.test(options.credential)) throw new TypeError("not a verifier's credential (csv_…)");
    this.#credential = options.credential;
    this.#api = options.api;
    this.#fetch = options.fetch ?? globalThis.fetch;
    this.#timeoutMs = options.timeoutMs ?? 3000;
    if (!(this.#timeoutMs >= 100 && this.#timeoutMs <= 30_000)) throw new TypeError("timeoutMs is 100 to 30000");
  }

  async consume(token: string): Promise<ConsumeResult> {
    const answer = await this.#post("/v1/tokens/consume", { v: 1, api: this.#api, token });
    return answer?.status === 200 ? toConsumeResult(answer.body) : unavailable;
  }

  async report(report: TrafficReport): Promise<boolean> {
    const answer = await this.#post("/v1/reports", { v: 1, api: this.#api, ...report });
    // What the service calls wrong will be as wrong the next time.
    const final = answer !== null && answer.status >= 400 && answer.status < 500 && answer.status !== 429;
    return final || (answer !== null && answer.status >= 200 && answer.status < 300);
  }

  async decoys(): Promise<DecoyList | null> {
    const answer = await this.#ask("/v1/decoys", {});
    return answer?.status === 200 ? parseDecoyList(answer.body) : null;
  }

  #post(path: string, body: object): Promise<Answer | null> {
    const headers = { "content-type": "application/json" };
    return this.#ask(path, { method: "POST", headers, body: JSON.stringify(body) });
  }

  /** Null where there was no answer in time, or none that can be read. */
  async #ask(path: string, init: { readonly headers?: object } & Omit<RequestInit, "headers">): Promise<Answer | null> {
    try {
      const response = await this.#fetch(new URL(path, this.#url), {
        ...init,
        redirect: "error",
        headers: { ...init.headers, authorization: `Bearer ${this.#credential}` },
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      const bytes = await readBounded(response, mostAnswerBytes);
      const read = bytes === null ? null : parseStrictJson(bytes, { maxBytes: mostAnswerBytes });
      return { status: response.status, body: read?.ok === true ? read.value : null };
    } catch {
      return null;
    }
  }

  toJSON(): string {
    return "[service client]";
  }
}

/**
 * The service over HTTP. The credential is held where neither JSON, inspection nor an error shows it. Throws a TypeError for a URL or
 * credential that cannot be one.
 */
export function createServiceClient(options: ServiceClientOptions): ServiceClient {
  return new FetchServiceClient(options);
}
