import { matchRequest } from "@countersign/protocol";
import type { Agent } from "../agent-api.ts";
import { insideOf } from "../agent-inside.ts";
import { AgentError } from "../errors.ts";
import { currentManifest } from "./prepare-hop.ts";

/** The protected API that a URL belongs to. */
export interface ApiOfUrl {
  readonly api: string;
  /** Whether requests to it carry a token. */
  readonly takesToken: boolean;
}

/** Null where the URL's host is not protected. Rejects with `url_refused` where it mentions a protected host and is none of its URLs. */
export async function apiOf(agent: Agent, url: string): Promise<ApiOfUrl | null> {
  const inside = insideOf(agent);
  await inside.ready();
  const asked = { url, method: "GET", headers: [], body: null };
  const manifest = await currentManifest(inside, { ...asked, stream: null });
  if (manifest === null) return null;
  const matched = matchRequest({ ...asked, manifest });
  if (matched.kind === "refused") throw new AgentError("url_refused");
  return matched.kind === "unchanged" ? null : { api: matched.api.api, takesToken: matched.api.token !== undefined };
}
