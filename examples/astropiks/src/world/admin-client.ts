import { request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";

/** A call of the admin API that was not answered with success. Holds no input. */
export class AdminCallError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, detail: string) {
    super(`${code} (${status}): ${detail}`);
    this.name = "AdminCallError";
    this.status = status;
    this.code = code;
  }
}

/** The admin API over the wire, as an operator's tool uses it. */
export interface AdminClient {
  call<T>(method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<T>;
}

export interface AdminClientOptions {
  /** `http://…` or `https://…` */
  readonly origin: string;
  /** The service's authority, PEM, where it is behind TLS. */
  readonly ca: string | null;
  /** Null before there is one. */
  readonly token: string | null;
}

interface RawAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** One request without any rule of its own, for the admin API and for attackers. */
export function sendRaw(
  options: Pick<AdminClientOptions, "origin" | "ca">,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string | null,
): Promise<RawAnswer> {
  const url = new URL(path, options.origin);
  const send = url.protocol === "https:" ? requestTls : requestPlain;
  return new Promise((resolve, reject) => {
    const outgoing = send(
      url,
      {
        method,
        headers: { ...headers, ...(body === null ? {} : { "content-length": String(Buffer.byteLength(body)) }) },
        agent: false,
        ...(options.ca === null ? {} : { ca: options.ca }),
      },
      (incoming) => {
        const parts: Buffer[] = [];
        incoming.on("data", (part: Buffer) => parts.push(part));
        incoming.on("error", reject);
        incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(parts) }));
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body ?? undefined);
  });
}

export function createAdminClient(options: AdminClientOptions): AdminClient {
  const authorization: Readonly<Record<string, string>> =
    options.token === null ? {} : { authorization: `Bearer ${options.token}` };
  return {
    async call<T>(method: string, path: string, body?: unknown): Promise<T> {
      const text = body === undefined ? null : JSON.stringify(body);
      const headers = { ...authorization, ...(text === null ? {} : { "content-type": "application/json" }) };
      const answer = await sendRaw(options, method, `/admin/v1${path}`, headers, text);
      const parsed: unknown = answer.body.length === 0 ? null : JSON.parse(answer.body.toString("utf8"));
      if (answer.status >= 200 && answer.status < 300) return parsed as T;
      const problem = (parsed ?? {}) as { code?: string; detail?: string; title?: string };
      throw new AdminCallError(answer.status, problem.code ?? "unknown", problem.detail ?? problem.title ?? "");
    },
  };
}
