import { concatBytes, type Manifest, matchRequest } from "@countersign/protocol";
import { AgentError } from "../errors.ts";
import type { StreamedBody } from "../ports.ts";
import { type AppRequest, headerValue } from "./app-request.ts";

/** The longest body that is held whole where it came in pieces. */
export const maxHeldBytes = 64 * 1024 * 1024;

const bodyPlaces = ["form", "json"];

/** Whether a place may be in the body, or a proof covers it, so that it must be read before anything is sent. */
export function needsWholeBody(manifest: Manifest, request: AppRequest): boolean {
  const matched = matchRequest({ ...request, manifest });
  if (matched.kind !== "matched") return false;
  const { api } = matched;
  if (api.proof === "httpsig") return true;
  const type = headerValue(request.headers, "content-type")?.toLowerCase() ?? "";
  if (!/^application\/(x-www-form-urlencoded|([a-z0-9.+-]*\+)?json)\b/.test(type)) return false;
  return manifest.secrets.some(({ places }) =>
    places.some((place) => place.api === api.api && bodyPlaces.includes(place.in)),
  );
}

async function read(stream: StreamedBody): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of stream) {
      length += part.length;
      if (length > maxHeldBytes) throw new AgentError("request_refused");
      parts.push(part);
    }
  } catch (error) {
    if (error instanceof AgentError) throw error;
    throw new TypeError("the body's own pieces failed", { cause: error });
  }
  return concatBytes(...parts);
}

/** The request with its body held whole. Rejects with `request_refused` past 64 MiB, with a TypeError where the pieces themselves fail. */
export async function holdBody(request: AppRequest): Promise<AppRequest> {
  return request.stream === null ? request : { ...request, body: await read(request.stream), stream: null };
}
