import type { ServerResponse } from "node:http";
import type { ManifestApi, ProblemCode } from "@countersign/protocol";
import { callUpstream } from "./call-upstream.ts";
import { checkCaller, isBodyCovered } from "./check-caller.ts";
import { injectSecrets, planInjection } from "./inject.ts";
import { createMask } from "./mask.ts";
import { type BrokerLimits, type BrokerPorts, type BrokerRequest, defaultLimits } from "./ports.ts";
import { answerProblem } from "./problem-answer.ts";
import { readBody } from "./read-body.ts";
import { relayBody } from "./relay-body.ts";
import { type Resolve, resolvePeer } from "./resolve-peer.ts";
import { rewriteLocation } from "./rewrite-location.ts";
import { responseHeaders } from "./strip-headers.ts";
import { isWholeAndPlain } from "./whole-answer.ts";

/** The secret-injecting reverse proxy (protocol section 12). */
export interface Broker {
  /** Answers one request; resolves when nothing more will be written. Never rejects. */
  handle(request: BrokerRequest, response: ServerResponse): Promise<void>;
}

export interface BrokerOptions {
  readonly limits?: Partial<BrokerLimits>;
  /** Name resolution. Default: the system's. */
  readonly resolve?: Resolve;
}

/** What is known of a request so far, for the log. */
interface Progress {
  instance: string | null;
  secrets: readonly string[];
  upstreamStatus: number | null;
}

const upstreamUrl = (api: ManifestApi, rest: string): string =>
  `https://${api.host}${api.port === 443 ? "" : `:${api.port}`}${rest}`;

const toPem = (der: string): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der, "base64url")
    .toString("base64")
    .replace(/.{1,64}/g, "$&\n")}-----END CERTIFICATE-----\n`;

/**
 * Creates a broker over its ports. The order of checks is the argument: who asks (pass, MAC, nonce, bans), what for (API, path, place), where it
 * would go (address of the peer); only then is a secret revealed, and only the secrets this one request has places for.
 */
export function createBroker(ports: BrokerPorts, options: BrokerOptions = {}): Broker {
  const limits: BrokerLimits = { ...defaultLimits, ...options.limits };

  async function serve(
    request: BrokerRequest,
    response: ServerResponse,
    abort: AbortSignal,
    progress: Progress,
  ): Promise<ProblemCode | null> {
    const caller = await checkCaller(ports, request);
    if (!caller.ok) return caller.code;
    progress.instance = caller.pass.instance;
    const body = await readBody(request.body, limits.requestBytes, limits.idleMs);
    if (!body.ok) return body.code;
    if (!isBodyCovered(body.bytes, caller.digest)) return "signature_invalid";
    const project = await ports.project(request.project);
    const api = project?.manifest.apis.find((one) => one.api === request.api);
    if (project === null || api === undefined || api.channel === "unknown") return "not_found";

    const plan = planInjection({
      request,
      url: upstreamUrl(api, request.rest),
      api: api.api,
      body: body.bytes,
      manifest: project.manifest,
      allowed: caller.pass.secrets,
    });
    if (!plan.ok) return plan.code;
    const peer = await resolvePeer(api.host, ports.allowPrivate(request.project), options.resolve);
    if (!peer.ok) return peer.code;

    const filled = await injectSecrets(ports, request.project, plan);
    if (!filled.ok) return filled.code;
    progress.secrets = plan.secrets;
    const { url } = filled;
    const answer = await callUpstream({
      method: request.method,
      host: api.host,
      port: api.port,
      target: url.slice(url.indexOf("/", "https://".length)),
      headers: [...filled.headers, ["accept-encoding", "identity"]],
      body: filled.body,
      peer: peer.peer,
      channel: {
        channel: api.channel,
        pins: api.pins,
        roots: project.manifest.roots.map(toPem),
        furtherCas: ports.upstreamCas(),
      },
      limits,
      abort,
    });
    if (!answer.ok) return answer.code;
    const upstream = answer.response;
    progress.upstreamStatus = upstream.statusCode ?? 0;
    if (!isWholeAndPlain(upstream)) {
      upstream.destroy();
      return "upstream_refused";
    }

    const mask = createMask(filled.values);
    const holdsValue = (text: string): boolean => mask.text(text) !== text;
    const headers = responseHeaders(upstream.headers)
      .filter(([name]) => !mask.standsIn(name))
      .map(([name, value]): [string, string] => [name, mask.text(value)]);
    const { location } = upstream.headers;
    if (location !== undefined) {
      const at = { upstream: new URL(plan.url), prefix: `/b/${request.project}/${request.api}` };
      const rewritten = rewriteLocation(location, at, holdsValue);
      if (rewritten !== null) headers.push(["location", rewritten]);
    }
    response.writeHead(upstream.statusCode ?? 502, mask.text(upstream.statusMessage ?? ""), headers.flat());
    if (await relayBody(upstream, response, mask, limits.responseBytes)) response.end();
    else response.destroy();
    return null;
  }

  return {
    async handle(request, response) {
      const abort = new AbortController();
      const progress: Progress = { instance: null, secrets: [], upstreamStatus: null };
      response.once("close", () => abort.abort());
      let code: ProblemCode | null;
      try {
        code = await serve(request, response, abort.signal, progress);
      } catch {
        code = "internal";
      }
      if (code !== null) answerProblem(response, code);
      ports.log({
        event: code === null ? "brokered" : "broker_refused",
        project: request.project,
        api: request.api,
        instance: progress.instance,
        method: request.method,
        code,
        upstreamStatus: progress.upstreamStatus,
        secrets: progress.secrets,
      });
    },
  };
}
