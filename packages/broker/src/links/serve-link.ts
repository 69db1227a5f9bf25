import type { ServerResponse } from "node:http";
import type { ProblemCode } from "@countersign/protocol";
import type { Progress } from "../admit-call.ts";
import type { CalledUpstream, UpstreamCall } from "../call-upstream.ts";
import type { BrokerLimits, BrokerPorts } from "../ports.ts";
import { createLinkAdmission, type LinkAdmissionOptions, type LinkRequest } from "./admit-link.ts";
import { linkRequestHeaders } from "./link-headers.ts";
import { answerDecoyLink, relayLink } from "./relay-link.ts";

export interface LinkServerOptions extends LinkAdmissionOptions {
  readonly limits: BrokerLimits;
  readonly callUpstream: (call: UpstreamCall) => Promise<CalledUpstream>;
  readonly pause: (aboutMs: number, abort: AbortSignal) => Promise<void>;
}

/** Answers one request for a link; a code where it is refused before a byte was sent. */
export type ServeLink = (
  request: LinkRequest,
  response: ServerResponse,
  abort: AbortSignal,
  progress: Progress,
) => Promise<ProblemCode | null>;

/** Creates what fetches links: no value is opened for one, and nothing of who asks goes up with it. */
export function createLinkServer(ports: BrokerPorts, options: LinkServerOptions): ServeLink {
  const { limits, callUpstream, pause } = options;
  const admission = createLinkAdmission(ports, options);

  return async (request, response, abort, progress) => {
    const link = await admission.admit(request, progress);
    if (!link.ok) return link.code;
    const { method, project, target } = request;
    const { bearer } = link;
    const { api, host, port } = link.api;
    try {
      if (link.kind === "decoy") {
        const answer = link.decoys.answerOf(api);
        await pause(answer.delayMs, abort);
        answerDecoyLink(answer, { method, exp: bearer.exp, nowMs: ports.nowMs() }, response);
        return null;
      }
      const headers = linkRequestHeaders(request.headers);
      const { peer, channel, linked } = link;
      const upstream = { project, api, host, port, peer, channel };
      const called = await callUpstream({
        ...upstream,
        method,
        target,
        headers,
        body: null,
        length: null,
        limits,
        abort,
      });
      if (!called.ok) return called.code;
      progress.upstreamStatus = called.answer.status;
      const url = `https://${host}${port === 443 ? "" : `:${port}`}${target}`;
      const ranged = headers.some(([name]) => name === "range");
      return await relayLink(ports, called.answer, { project, bearer, url, linked, ranged }, limits, response);
    } finally {
      link.leave();
    }
  };
}
