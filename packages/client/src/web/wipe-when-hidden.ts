import type { Agent } from "../agent.ts";

/**
 * Tells the agent when nobody sees the page: everything held is wiped then, and calls that need a session fail with `in_background` until the
 * page is seen again. For pages that fetch nothing while they are hidden. The returned function ends it: the agent works from then on, hidden
 * or not.
 */
export function wipeWhenHidden(agent: Agent, page: Document = document): () => void {
  const follow = (): void => {
    if (page.visibilityState === "hidden") agent.background();
    else agent.foreground();
  };
  page.addEventListener("visibilitychange", follow);
  follow();
  return () => {
    page.removeEventListener("visibilitychange", follow);
    agent.foreground();
  };
}
