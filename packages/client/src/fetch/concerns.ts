import { isUnderPath, type Manifest, matchRequest } from "@countersign/protocol";
import type { Agent } from "../agent-api.ts";
import { type AgentInside, insideOf } from "../agent-inside.ts";
import { manifestInForce } from "../trust/trust.ts";
import { isExcluded, withBasic } from "./left-alone.ts";
import { secretsIn } from "./mentioned-secrets.ts";
import { currentManifest } from "./prepare-hop.ts";

/** What is looked at to tell whose a request is. */
export interface RequestView {
  /** `https`, `wss` or any other; as the app wrote it or as the platform reads it. */
  readonly url: string;
  /** Values of headers and text of the body, where a placeholder may stand. */
  readonly texts?: readonly string[];
  /** URLs that are none of the agent's, beside those of its options. Never applied where a placeholder stands, or a place is filled always. */
  readonly exclude?: readonly RegExp[];
}

/** Whether a place that is filled always may be in a request of this URL: its method, headers and body are not looked at. */
function mayBeFilledAlways(manifest: Manifest | null, url: string): boolean {
  if (manifest === null) return false;
  const matched = matchRequest({ url, method: "GET", headers: [], body: null, manifest });
  if (matched.kind !== "matched") return false;
  return manifest.secrets.some(({ places }) =>
    places.some(
      ({ api, path, when }) => when === "always" && api === matched.api.api && isUnderPath(matched.url.path, path),
    ),
  );
}

/**
 * True where a request must go through the agent: a placeholder of this project stands in it, or its URL is, or mentions, a protected host.
 * Null where no manifest says which hosts are protected. The service itself, excluded URLs, and schemes that are no network's are not.
 */
function verdictOn(
  { configuration, trust, ports, exclude: always }: AgentInside,
  { url: given, texts = [], exclude = [] }: RequestView,
): boolean | null {
  // A URL parser drops spaces and controls, some wherever they stand.
  const url = given.replace(/[^!-\uffff]/g, "");
  if (secretsIn([url, ...texts.map(withBasic)].join("\n"), configuration.projectId).length > 0) return true;
  const scheme = /^(https|wss|http|ws):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) return false;
  const manifest = manifestInForce(trust.current());
  const isSecure = scheme === "https" || scheme === "wss";
  const asked = `${isSecure ? "https" : "http"}${url.slice(scheme.length)}`;
  if (isExcluded(url, [...always, ...exclude])) return mayBeFilledAlways(manifest, asked);
  const { origin } = ports.service;
  const rest = url.startsWith(origin) ? url.slice(origin.length) : null;
  if (rest !== null && /^([/?#]|$)/.test(rest)) return false;
  if (manifest === null) return isSecure ? null : false;
  return matchRequest({ url: asked, method: "GET", headers: [], body: null, manifest }).kind !== "unchanged";
}

async function learn(inside: AgentInside, request: RequestView): Promise<boolean> {
  await inside.ready();
  const known = verdictOn(inside, request);
  if (known !== null) return known;
  const asked = { url: request.url, method: "GET", headers: [], body: null, stream: null };
  const failure = await currentManifest(inside, asked).then(
    () => null,
    (error: unknown) => ({ error }),
  );
  const learnt = verdictOn(inside, request);
  // A refusal brings the manifest as well.
  if (learnt === null && failure !== null) throw failure.error;
  return learnt ?? false;
}

/**
 * Whether a request is the agent's to send: its host is protected, or a placeholder of this project stands in it. At once where the manifest
 * is known; else a promise, which rejects where the service cannot say.
 */
export function concerns(agent: Agent, request: RequestView): boolean | Promise<boolean> {
  const inside = insideOf(agent);
  return (inside.isStarted() ? verdictOn(inside, request) : null) ?? learn(inside, request);
}
