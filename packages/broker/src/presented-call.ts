import type { PresentedRequest } from "@countersign/protocol";
import type { BrokerRequest } from "./ports.ts";

/** What a call brings with it, whatever will be said of it. */
export interface PresentedCall {
  readonly project: string;
  /** As the request names it: there need not be such an API. */
  readonly api: string;
  /** Whose pass was good; null where none was. */
  readonly instance: string | null;
  /** Where it came from, as the host names networks; null where it does not. */
  readonly network: string | null;
  readonly request: PresentedRequest;
}

const flat = (request: BrokerRequest): readonly (readonly [string, string])[] =>
  Object.entries(request.headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((each): readonly [string, string] => [name, each]),
  );

/** The head of a request. */
export function presentedHead(request: BrokerRequest, instance: string | null): PresentedCall {
  const { project, api, rest, network = null } = request;
  return { project, api, instance, network, request: { headers: flat(request), target: rest } };
}

/** The body of a request whose head was presented before. */
export function presentedBody(request: BrokerRequest, instance: string, bytes: Uint8Array): PresentedCall {
  const { project, api, network = null } = request;
  const contentType = request.headers["content-type"] ?? null;
  return { project, api, instance, network, request: { headers: [], target: null, body: { contentType, bytes } } };
}
