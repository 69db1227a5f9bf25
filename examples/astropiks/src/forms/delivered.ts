import type { Agent } from "@countersign/client";
import { createGallery, type Gallery } from "../gallery/gallery.ts";
import { createAgentFetch } from "./agent-fetch.ts";

/**
 * The key delivered at run time: a placeholder stands in the app, and the agent fills it where the manifest says, for a genuine app only.
 * Against the hard-coded form, two lines differ: what `apiKey` is, and what fetches.
 */
export function createDeliveredForm(app: {
  readonly origin: string;
  readonly agent: Agent;
  readonly placeholder: string;
  readonly nowMs: () => number;
}): Gallery {
  return createGallery({ ...app, apiKey: app.placeholder, fetch: createAgentFetch(app.agent) });
}
