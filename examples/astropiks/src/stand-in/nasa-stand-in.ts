import { timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { ServerIdentity } from "../tls/tls-authority.ts";
import { createRateLimit } from "./rate-limit.ts";
import { apodOf, firstDate, parseDate, pictureOf, toDate } from "./sky.ts";

/** How a compromised or careless upstream answers instead of the picture. `target` is where it sends the caller. */
export type Behaviour =
  | { readonly kind: "honest" }
  /** Answers honestly, once `until` is kept; it is asked for when a request for an entry arrives. */
  | { readonly kind: "hold"; readonly until: () => Promise<void> }
  | { readonly kind: "redirect"; readonly target: string }
  | { readonly kind: "echo_in_location"; readonly target: string }
  | { readonly kind: "echo_in_body" };

/** One request as the stand-in saw it: what the third party knows. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query, as they travelled. */
  readonly target: string;
  readonly apiKey: string | null;
  /** Lower-case names. */
  readonly headers: Readonly<IncomingHttpHeaders>;
  readonly body: Buffer;
  readonly status: number;
}

export interface NasaStandIn {
  /** `https://localhost:PORT` */
  readonly origin: string;
  readonly host: "localhost";
  readonly port: number;
  /** Where the pictures are: `origin`, or an address of their own. */
  readonly picturesOrigin: string;
  /** From now on only these keys are good. */
  accept(keys: readonly string[]): void;
  behave(behaviour: Behaviour): void;
  /** The newest 500 requests, oldest first. */
  seen(): readonly SeenRequest[];
  close(): Promise<void>;
}

export interface NasaStandInOptions {
  readonly tls: ServerIdentity;
  readonly keys: readonly string[];
  readonly nowMs: () => number;
  /** 0 (default): any free port. */
  readonly port?: number;
  /** Serves the pictures at a host of their own, `127.0.0.1` at this port, as apod.nasa.gov does; 0: any free port. Default: at `port`. */
  readonly picturesPort?: number;
  /** Requests per key and hour. Default 1000, as api.nasa.gov gives a registered key. */
  readonly requestsPerHour?: number;
  /** Told of each request once its answer is made. */
  readonly onRequest?: (request: SeenRequest) => void;
}

const keptRequests = 500;
const maxBodyBytes = 64 * 1024;

/** Error bodies as api.nasa.gov's gateway (api.data.gov) writes them. */
const keyErrors = {
  missing: { code: "API_KEY_MISSING", message: "No api_key was supplied. Get one at https://api.nasa.gov:443" },
  invalid: { code: "API_KEY_INVALID", message: "An invalid api_key was supplied. Get one at https://api.nasa.gov:443" },
  overLimit: {
    code: "OVER_RATE_LIMIT",
    message:
      "You have exceeded your rate limit. Try again later or contact us at https://api.nasa.gov:443/contact/ for assistance",
  },
} as const;

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly body: string | Buffer;
}

const json = (status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers,
  type: "application/json",
  body: JSON.stringify(value),
});

function equalKeys(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > maxBodyBytes) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/**
 * A local stand-in of `https://api.nasa.gov/planetary/apod`: TLS only, demands `api_key`, counts requests per key
 * (`X-RateLimit-Limit`, `X-RateLimit-Remaining`, 429), answers one entry per date and serves the pictures it names. It also takes a note
 * (`POST /notes`) and a search (`GET /search`), so that there is a place for a user to type at an allowed host.
 */
export async function createNasaStandIn(options: NasaStandInOptions): Promise<NasaStandIn> {
  const { nowMs } = options;
  let keys = options.keys;
  let behaviour: Behaviour = { kind: "honest" };
  const seen: SeenRequest[] = [];
  const limit = createRateLimit(options.requestsPerHour ?? 1000, 3_600_000, nowMs);
  let origin = "";
  let picturesOrigin = "";

  function apod(query: URLSearchParams): Answer {
    const key = query.get("api_key");
    if (key === null || key === "") return json(403, { error: keyErrors.missing });
    if (!keys.some((good) => equalKeys(good, key))) return json(403, { error: keyErrors.invalid });
    const left = limit.take(key);
    const counted = { "x-ratelimit-limit": String(limit.limit), "x-ratelimit-remaining": String(left ?? 0) };
    if (left === null) return json(429, { error: keyErrors.overLimit }, { ...counted, "retry-after": "3600" });
    if (behaviour.kind === "redirect")
      return { status: 302, headers: { ...counted, location: behaviour.target }, body: "" };
    if (behaviour.kind === "echo_in_location") {
      return {
        status: 302,
        headers: { ...counted, location: `${behaviour.target}?from=${encodeURIComponent(key)}` },
        body: "",
      };
    }
    if (behaviour.kind === "echo_in_body")
      return json(200, { you_sent: key, header: Buffer.from(key).toString("base64") }, counted);
    const today = toDate(nowMs());
    const date = query.get("date") ?? today;
    const atMs = parseDate(date);
    if (atMs === null) {
      const msg = `time data '${date.slice(0, 20)}' does not match format '%Y-%m-%d'`;
      return json(400, { code: 400, msg, service_version: "v1" }, counted);
    }
    if (date > today || date < firstDate) {
      return json(
        400,
        { code: 400, msg: `Date must be between ${firstDate} and ${today}.`, service_version: "v1" },
        counted,
      );
    }
    return json(200, apodOf(date, picturesOrigin), counted);
  }

  function answer(method: string, url: URL, body: Buffer, at: Server): Answer {
    const picture = /^\/apod\/image\/(\d{4}-\d{2}-\d{2})\.png$/.exec(url.pathname)?.[1];
    const absent = json(404, { code: 404, msg: "Not found", service_version: "v1" });
    if (at !== server && picture === undefined) return absent;
    if (method === "GET" && url.pathname === "/planetary/apod") return apod(url.searchParams);
    if (
      (method === "GET" || method === "HEAD") &&
      at === pictures &&
      picture !== undefined &&
      parseDate(picture) !== null
    ) {
      return {
        status: 200,
        headers: { "cache-control": "max-age=86400" },
        type: "image/png",
        body: pictureOf(picture),
      };
    }
    if (method === "GET" && url.pathname === "/search")
      return json(200, { results: [], for: url.searchParams.get("q") ?? "" });
    if (method === "POST" && url.pathname === "/notes") return json(201, { note: body.toString("utf8") });
    return absent;
  }

  async function handle(at: Server, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [method, target] = [request.method ?? "", request.url ?? "/"];
    const body = await readBody(request);
    const url = URL.canParse(target, origin) ? new URL(target, origin) : null;
    if (behaviour.kind === "hold" && url?.pathname === "/planetary/apod") await behaviour.until();
    const made =
      body === null || url === null
        ? json(400, { code: 400, msg: "Bad request", service_version: "v1" })
        : answer(method, url, body, at);
    const saw: SeenRequest = {
      method,
      target,
      apiKey: url?.searchParams.get("api_key") ?? null,
      headers: request.headers,
      body: body ?? Buffer.alloc(0),
      status: made.status,
    };
    seen.push(saw);
    options.onRequest?.(saw);
    if (seen.length > keptRequests) seen.shift();
    const bytes = Buffer.from(made.body);
    response.writeHead(made.status, {
      ...made.headers,
      ...(made.type === undefined ? {} : { "content-type": made.type }),
      "content-length": String(bytes.length),
    });
    response.end(bytes);
  }

  const serve = (): Server => {
    const made: Server = createServer(
      { cert: options.tls.cert, key: options.tls.key, minVersion: "TLSv1.2" },
      (request, response) => {
        handle(made, request, response).catch(() => response.destroy());
      },
    );
    return made;
  };
  const server = serve();
  const pictures = options.picturesPort === undefined ? server : serve();
  const port = await listen(server, options.port ?? 0);
  origin = `https://localhost:${port}`;
  picturesOrigin =
    pictures === server ? origin : `https://127.0.0.1:${await listen(pictures, options.picturesPort ?? 0)}`;
  return {
    origin,
    host: "localhost",
    port,
    picturesOrigin,
    accept: (good) => {
      keys = good;
    },
    behave: (next) => {
      behaviour = next;
    },
    seen: () => [...seen],
    close: async () => {
      await close(server);
      if (pictures !== server) await close(pictures);
    },
  };
}
