import type { Agent } from "@countersign/client";
import type { GalleryFetch } from "../gallery/gallery.ts";

/** How an app with an agent fetches: the same call, through it. */
export function createAgentFetch(agent: Agent): GalleryFetch {
  return async (url) => {
    const response = await agent.fetch(url);
    return { status: response.status, bytes: await response.bytes() };
  };
}
