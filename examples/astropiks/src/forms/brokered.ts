import type { Agent } from "@countersign/client";
import { createGallery, type Gallery } from "../gallery/gallery.ts";
import { createAgentFetch } from "./agent-fetch.ts";

/**
 * The key never leaves the server: the broker fills it. No line differs from the delivered form; which of the two it is, the operator decides
 * with `countersign secret set-mode`, and running apps follow with their next session.
 */
export function createBrokeredForm(app: {
  readonly origin: string;
  readonly agent: Agent;
  readonly placeholder: string;
  readonly nowMs: () => number;
}): Gallery {
  return createGallery({ ...app, apiKey: app.placeholder, fetch: createAgentFetch(app.agent) });
}
