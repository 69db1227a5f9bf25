import { randomBytes } from "node:crypto";
import { Agent as HttpAgent, type IncomingMessage, type RequestOptions, request as requestPlain } from "node:http";
import { Agent as HttpsAgent, request as requestSecure } from "node:https";
import { rootCertificates } from "node:tls";
import { type Configuration, encodeBase64url, parseStrictJson, toUtf8 } from "@countersign/protocol";
import { generateSessionKey, sha256 } from "@countersign/protocol/server";
import { type BrokerKey, signBrokerCall } from "../domain/brokers/broker-credential.ts";
import {
  type LinkCall,
  linkPath,
  linkRequestHash,
  mostLinkAnswer,
  openLinkAnswer,
} from "../domain/brokers/link-exchange.ts";
import { createHeldKeys } from "./held-keys.ts";

/**
 * Why a call of the service brought nothing. `untrusted`: an answer that the project's service did not make for this call. `unauthorized` and
 * `superseded` are its unsigned word that the credential is gone, or that another process has it; `untimely` that the clocks are minutes apart.
 */
export type LinkFailure = "unreachable" | "untrusted" | "untimely" | "unauthorized" | "superseded";

export type LinkAnswered =
  | { readonly ok: true; readonly plaintext: Uint8Array }
  | { readonly ok: false; readonly reason: LinkFailure };

/** The way to the service. */
export interface ServiceLink {
  /** Asks one thing. Never rejects. */
  ask(call: LinkCall, members: Readonly<Record<string, unknown>>): Promise<LinkAnswered>;
  /** Listens for changes until the stream ends or is silent for too long. Never rejects. */
  listen(onChange: () => void): Promise<void>;
  /** Breaks off what is on its way. */
  close(): void;
}

export interface ServiceLinkOptions {
  /** `https://HOST[:PORT]`; `http` to this machine alone. */
  readonly service: string;
  readonly key: BrokerKey;
  /** b64u of 16 random bytes: this process. */
  readonly run: string;
  /** The service's clock, as far as it is known. */
  readonly nowMs: () => number;
  readonly configuration: Configuration;
  /** PEM certificates trusted for the service beside Node's own. */
  readonly serviceCas: readonly string[];
  /** From a request to the last byte of its answer, for the state and for all else. */
  readonly stateMs: number;
  readonly answerMs: number;
  /** Without a byte of the stream, whose heartbeat is 10 s. */
  readonly silenceMs: number;
}

const mostStreamBytes = 64 * 1024;

/**
 * Speaks to the service over HTTP/1.1. Nothing rests on its TLS: the credential signs and never travels, what an answer says is believed by the signature of
 * the project's response key over this very request, and read with a key that lives for this request alone.
 */
export function createServiceLink(options: ServiceLinkOptions): ServiceLink {
  const { configuration } = options;
  const service = new URL(options.service);
  const isPlain = service.protocol === "http:";
  const bounds = { keepAlive: true, maxSockets: 64, maxFreeSockets: 8 };
  const ca = options.serviceCas.length === 0 ? {} : { ca: [...rootCertificates, ...options.serviceCas] };
  const agent = isPlain ? new HttpAgent(bounds) : new HttpsAgent({ ...bounds, ...ca, minVersion: "TLSv1.2" });
  const keys = createHeldKeys(configuration);
  const closing = new AbortController();

  function send(method: "GET" | "POST", path: string, body: Uint8Array | null, signal: AbortSignal) {
    return new Promise<IncomingMessage>((resolve, reject) => {
      const how: RequestOptions = {
        agent,
        method,
        host: service.hostname.replace(/^\[|\]$/g, ""),
        port: service.port === "" ? (isPlain ? 80 : 443) : Number(service.port),
        path,
        signal,
        headers: {
          "countersign-broker": signBrokerCall(options.key, {
            method,
            path,
            atMs: options.nowMs(),
            nonce: encodeBase64url(randomBytes(16)),
            digest: encodeBase64url(sha256(body ?? new Uint8Array(0))),
          }),
          ...(body === null ? {} : { "content-type": "application/json", "content-length": String(body.length) }),
        },
      };
      const request = (isPlain ? requestPlain : requestSecure)(how, resolve);
      request.on("error", reject);
      request.end(body ?? undefined);
    });
  }

  async function exchange(call: LinkCall, members: Readonly<Record<string, unknown>>): Promise<LinkAnswered> {
    const { privateKey, publicKey } = generateSessionKey();
    const nonce = encodeBase64url(randomBytes(16));
    const body = toUtf8(JSON.stringify({ v: 1, nonce, run: options.run, key: encodeBase64url(publicKey), ...members }));
    const signal = AbortSignal.any([
      closing.signal,
      AbortSignal.timeout(call === "state" ? options.stateMs : options.answerMs),
    ]);
    const response = await send("POST", linkPath(call), body, signal);
    const bytes = await readWhole(response, response.statusCode === 200 ? mostLinkAnswer : mostStreamBytes);
    if (bytes === null) return { ok: false, reason: "unreachable" };
    if (response.statusCode !== 200) return { ok: false, reason: refusalOf(bytes) };
    const opening = { project: configuration.project, environment: configuration.environment };
    const hash = linkRequestHash(call, body);
    const plaintext = openLinkAnswer(bytes, { ...opening, hash, privateKey, pointOf: keys.pointOf });
    privateKey.fill(0);
    return plaintext === null ? { ok: false, reason: "untrusted" } : { ok: true, plaintext };
  }

  return {
    ask: (call, members) => exchange(call, members).catch(() => ({ ok: false, reason: "unreachable" })),

    async listen(onChange) {
      const silence = new AbortController();
      const timer = setTimeout(() => silence.abort(), options.silenceMs);
      try {
        const signal = AbortSignal.any([closing.signal, silence.signal]);
        const response = await send("GET", "/v1/broker-link/changes", null, signal);
        const type = response.headers["content-type"] ?? "";
        if (response.statusCode !== 200 || !type.startsWith("text/event-stream")) {
          response.destroy();
          return;
        }
        for await (const part of response as AsyncIterable<Buffer>) {
          timer.refresh();
          // An event has no content: any data means that something may have changed, and costs one question.
          if (part.includes("data:")) onChange();
        }
      } catch {
        // A stream that broke is a stream that ended.
      } finally {
        clearTimeout(timer);
      }
    },

    close() {
      closing.abort();
      agent.destroy();
    },
  };
}

async function readWhole(response: IncomingMessage, most: number): Promise<Uint8Array | null> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > most) {
      response.destroy();
      return null;
    }
    parts.push(part);
  }
  return response.complete ? Buffer.concat(parts) : null;
}

function refusalOf(body: Uint8Array): LinkFailure {
  const json = parseStrictJson(body, { maxBytes: mostStreamBytes });
  const code =
    json.ok && typeof json.value === "object" && json.value !== null && "code" in json.value ? json.value.code : null;
  if (code === "broker_unauthorized") return "unauthorized";
  if (code === "signature_invalid") return "untimely";
  return code === "conflict" ? "superseded" : "unreachable";
}
