import { decodeBase64url, fromUtf8, matchRequest } from "@countersign/protocol";
import { manifestInForce } from "../trust/trust.ts";
import type { FetchDeps } from "./fetch-deps.ts";
import { secretsIn } from "./mentioned-secrets.ts";

/** What is looked at to tell whose a request is. */
export interface RequestView {
  /** `https`, `wss` or any other; as the app wrote it or as the platform reads it. */
  readonly url: string;
  /** Values of headers and text of the body, where a placeholder may stand. */
  readonly texts?: readonly string[];
  /** URLs that are none of the agent's. Never applied where a placeholder stands. */
  readonly exclude?: readonly RegExp[];
}

/** What stands in `Authorization: Basic`, beside the text itself. */
function withBasic(text: string): string {
  const encoded = /^basic ([A-Za-z0-9+/]*={0,2})$/i.exec(text)?.[1];
  if (encoded === undefined) return text;
  const bytes = decodeBase64url(encoded.replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_"));
  return `${text}\n${bytes === null ? "" : (fromUtf8(bytes) ?? "")}`;
}

function isExcluded(url: string, exclude: readonly RegExp[]): boolean {
  // `test` of a global or sticky expression remembers where it stopped.
  return exclude.some((each) => url.search(each) >= 0);
}

/**
 * True where a request must go through the agent: a placeholder of this project stands in it, or its URL is, or mentions, a protected host.
 * Null where no manifest says which hosts are protected. The service itself, excluded URLs, and schemes that are no network's are not.
 */
export function concerns(
  { configuration, trust, ports }: Pick<FetchDeps, "configuration" | "trust" | "ports">,
  { url: given, texts = [], exclude = [] }: RequestView,
): boolean | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a URL parser drops them wherever they stand.
  const url = given.replace(/[\u0000-\u0020]/g, "");
  if (secretsIn([url, ...texts.map(withBasic)].join("\n"), configuration.projectId).length > 0) return true;
  const scheme = /^(https|wss|http|ws):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined || isExcluded(url, exclude)) return false;
  const { origin } = ports.service;
  const rest = url.startsWith(origin) ? url.slice(origin.length) : null;
  if (rest !== null && /^([/?#]|$)/.test(rest)) return false;
  const manifest = manifestInForce(trust.current());
  const isSecure = scheme === "https" || scheme === "wss";
  if (manifest === null) return isSecure ? null : false;
  const asked = `${isSecure ? "https" : "http"}${url.slice(scheme.length)}`;
  return matchRequest({ url: asked, method: "GET", headers: [], body: null, manifest }).kind !== "unchanged";
}
