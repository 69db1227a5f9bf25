import type { BrokerRequest, PresentedCall } from "./ports.ts";

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
