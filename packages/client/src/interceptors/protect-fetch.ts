import type { Agent } from "../agent.ts";
import { asyncIterator } from "../async-iterator.ts";
import type { AgentRequestInit } from "../fetch/app-request.ts";
import { abortReason, toAbortHandle, unlessAborted } from "./abort-signal.ts";
import { textsOf, toAppBody } from "./app-body.ts";
import { piecesOf } from "./blob-body.ts";
import { install } from "./install.ts";
import { toFetchError } from "./platform-error.ts";
import { toPlatformResponse } from "./platform-response.ts";
import { readAhead } from "./read-ahead.ts";
import { createRouting } from "./routing.ts";
import type { Protection, ProtectOptions, Scope } from "./scope.ts";

type FetchArguments = Parameters<typeof fetch>;

/** What the platform's own would be asked to send. */
interface AskedRequest {
  readonly request: Request;
  readonly body: AgentRequestInit["body"];
  readonly contentType: string | null;
}

function isRequest(input: unknown): input is Request {
  const { url, method } = (typeof input === "object" && input !== null ? input : {}) as Partial<Request>;
  return typeof url === "string" && typeof method === "string";
}

/** Values of headers; what may be read once is left to the platform. */
function textsOfHeaders(given: unknown): string[] {
  if (typeof given !== "object" || given === null) return [];
  if (Array.isArray(given)) return given.map((pair) => String((pair as unknown[])[1]));
  const texts: string[] = [];
  if (typeof (given as Headers).forEach === "function") (given as Headers).forEach((value) => void texts.push(value));
  else if (!(Symbol.iterator in given)) texts.push(...Object.values(given).map(String));
  return texts;
}

/** What a call says of itself, without touching what the platform may read once. */
function viewOf([input, init]: FetchArguments): { readonly url: string; readonly texts: readonly string[] } {
  const url = isRequest(input) ? input.url : String(input);
  try {
    const headers = textsOfHeaders(init?.headers ?? (isRequest(input) ? input.headers : undefined));
    return { url, texts: [...headers, ...textsOf(init?.body)] };
  } catch {
    // Headers that cannot be read: whoever sends the request will say so.
    return { url, texts: [] };
  }
}

/** The body of a Request, whose source it does not tell. */
async function bodyOfRequest(request: Request): Promise<AgentRequestInit["body"]> {
  if (request.method === "GET" || request.method === "HEAD" || request.body === null) return null;
  if (request.body !== undefined) {
    const { body } = request;
    return readAhead({ [asyncIterator]: () => piecesOf(body, request.signal ?? undefined) });
  }
  const bytes = new Uint8Array(await request.arrayBuffer());
  return bytes.length === 0 ? null : bytes;
}

const initMembers =
  "method headers signal redirect integrity mode credentials cache referrer referrerPolicy keepalive priority window".split(
    " ",
  );

/** All but the body, each read once and of the object itself: options may be a Request, whose getters know no other. */
function membersOf(init: RequestInit): RequestInit {
  const given = init as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    initMembers.map((name) => [name, given[name]]).filter(([, value]) => value !== undefined),
  ) as RequestInit;
}

async function readRequest(scope: Scope, platform: typeof fetch, [input, init]: FetchArguments): Promise<AskedRequest> {
  const PlatformRequest = scope.Request;
  if (PlatformRequest === undefined) throw new TypeError("this platform has no Request");
  const given = init?.body;
  if (init === undefined || given === undefined || given === null) {
    const request = new PlatformRequest(input, init);
    return { request, body: await bodyOfRequest(request), contentType: null };
  }
  // Its source is at hand: it can be sent in pieces, and again. The platform still judges all the rest, with a body in its place.
  const request = new PlatformRequest(input, { ...membersOf(init), body: new Uint8Array(0) });
  const { body, contentType } = toAppBody(scope, given, platform, request.signal ?? undefined);
  return { request, body, contentType };
}

function signalOf([input, init]: FetchArguments): AbortSignal | null | undefined {
  return init?.signal === undefined && isRequest(input) ? input.signal : init?.signal;
}

/** Sends a call of `fetch` through the agent. Rejects as `fetch` does. */
async function sendByAgent(
  agent: Agent,
  scope: Scope,
  platform: typeof fetch,
  call: FetchArguments,
): Promise<Response> {
  let signal = signalOf(call);
  try {
    const { request, body, contentType } = await readRequest(scope, platform, call);
    signal = request.signal;
    if (signal?.aborted === true) throw abortReason(signal);
    // What cannot be checked here must not be taken as checked.
    if ((request.integrity ?? "") !== "") throw new TypeError("integrity cannot be checked for a protected host");
    // Which codings can be read is the platform's to say: a browser does not let an app set it either.
    const headers = [...request.headers].filter(([name]) => name.toLowerCase() !== "accept-encoding");
    if (contentType !== null && !request.headers.has("content-type")) headers.push(["content-type", contentType]);
    const answer = await agent.fetch(request.url.replace(/#.*$/s, ""), {
      method: request.method,
      headers,
      body: body ?? null,
      redirect: request.redirect ?? "follow",
      ...(signal === undefined || signal === null ? {} : { abort: toAbortHandle(signal) }),
    });
    return toPlatformResponse(scope, request.method, answer, (error) => toFetchError(error, signal));
  } catch (error) {
    throw toFetchError(error, signal);
  }
}

/**
 * Puts the agent in front of a scope's `fetch`, whoever made it (Expo's keeps its mark). What is not the agent's goes to it with the very
 * same arguments. Null where there is none.
 */
export function protectFetch(agent: Agent, scope: Scope = globalThis, options: ProtectOptions = {}): Protection | null {
  return install(agent, scope, "fetch", (platform, gate) => {
    const routing = createRouting(agent, scope, options);
    const bound: typeof fetch = (...call) => Reflect.apply(platform, scope, call);
    function protectedFetch(this: unknown, ...call: FetchArguments): Promise<Response> {
      // As a function of no object it is the scope's: a browser's own refuses another `this`.
      const pass = (): Promise<Response> => Reflect.apply(platform, this ?? scope, call);
      if (!gate.isOpen()) return pass();
      let verdict: boolean | Promise<boolean>;
      try {
        const { url, texts } = viewOf(call);
        verdict = routing.isOurs(url, texts);
      } catch (error) {
        return Promise.reject(toFetchError(error, null));
      }
      if (verdict === false) return pass();
      if (verdict === true) return sendByAgent(agent, scope, bound, call);
      const signal = signalOf(call);
      return unlessAborted(verdict, signal).then(
        (isOurs) => (isOurs ? sendByAgent(agent, scope, bound, call) : pass()),
        (error: unknown) => {
          throw toFetchError(error, signal);
        },
      );
    }
    return Object.defineProperty(protectedFetch, "name", { value: "fetch" });
  });
}
