import { CliFailure, type ExitCode } from "./cli-failure.ts";
import type { Credentials } from "./credentials.ts";
import { printable } from "./printable.ts";

/** The admin API of one service. Each refusal is a `CliFailure` with the service's own sentence. */
export interface AdminClient {
  readonly url: string;
  get(path: string): Promise<unknown>;
  send(method: "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<unknown>;
}

const TIMEOUT_MS = 30_000;

/** `token` null: only the bootstrap operation answers. */
export function createAdminClient(credentials: { readonly url: string; readonly token: string | null }): AdminClient {
  const call = (method: string, path: string, body?: unknown) => request(credentials, method, path, body);
  return { url: credentials.url, get: (path) => call("GET", path), send: call };
}

/** A path below `/admin/v1`, each part percent-encoded. */
export function toPath(...parts: readonly string[]): string {
  return `/admin/v1/${parts.map(encodeURIComponent).join("/")}`;
}

async function request(
  { url, token }: { readonly url: Credentials["url"]; readonly token: string | null },
  method: string,
  path: string,
  body: unknown,
): Promise<unknown> {
  const headers = {
    accept: "application/json, application/problem+json",
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { "content-type": "application/json" }),
  };
  const response = await reach(url, path, {
    method,
    headers,
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = await readJson(response);
  if (!response.ok) throw toFailure(url, response.status, answer);
  if (response.status !== 204 && answer === undefined) throw notCountersign(url);
  return answer;
}

async function reach(url: string, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`${url}${path}`, init);
  } catch (error) {
    throw new CliFailure(
      "service_unreachable",
      `${url} cannot be reached (${causeOf(error)}). Is the service running, and is the address right?`,
    );
  }
}

async function readJson(response: Response): Promise<unknown> {
  try {
    const text = await response.text();
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

const notCountersign = (url: string): CliFailure =>
  new CliFailure("service_foreign", `${url} did not answer like a Countersign service. Is the address right?`);

/** 5xx and 429 are the service's trouble (1); every other refusal is for the caller to change something (2). */
function toFailure(url: string, status: number, answer: unknown): CliFailure {
  if (typeof answer !== "object" || answer === null || !("code" in answer) || typeof answer.code !== "string")
    return notCountersign(url);
  const detail = "detail" in answer && typeof answer.detail === "string" ? answer.detail : "";
  const title = "title" in answer && typeof answer.title === "string" ? answer.title : answer.code;
  const exit: ExitCode = status >= 500 || status === 429 ? 1 : 2;
  return new CliFailure(printable(answer.code), printable(detail === "" ? title : detail), exit);
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  if (error.name === "TimeoutError") return "no answer in time";
  const { cause } = error;
  return cause instanceof Error && "code" in cause ? String(cause.code) : "connection failed";
}
