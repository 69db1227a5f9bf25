import { type Configuration, decodeBase64url, fromUtf8, matchRequest } from "@countersign/protocol";
import { manifestInForce } from "../trust/trust.ts";
import type { TrustStore } from "../trust/trust-store.ts";
import type { AppRequest } from "./app-request.ts";
import { needsWholeBody } from "./held-body.ts";
import { mentionedSecrets } from "./mentioned-secrets.ts";

/** What stands in `Authorization: Basic`, beside the text itself. */
export function withBasic(text: string): string {
  const encoded = /^basic ([A-Za-z0-9+/]*={0,2})$/i.exec(text)?.[1];
  if (encoded === undefined) return text;
  const bytes = decodeBase64url(encoded.replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_"));
  return `${text}\n${bytes === null ? "" : (fromUtf8(bytes) ?? "")}`;
}

export function isExcluded(url: string, exclude: readonly RegExp[]): boolean {
  // `test` of a global or sticky expression remembers where it stopped.
  return exclude.some((each) => url.search(each) >= 0);
}

/**
 * Whether a request may go out as the app made it, over the device's own trust: no placeholder of this project stands in it, and no place of
 * it is filled. With `bare`, its API takes neither token nor proof either. A manifest that is held and not in force says nothing good.
 */
export function mayLeaveAlone(
  { configuration, trust }: { readonly configuration: Configuration; readonly trust: TrustStore },
  request: AppRequest,
  bare: boolean,
): boolean {
  const headers = request.headers.map(([name, value]): readonly [string, string] => [name, withBasic(value)]);
  if (mentionedSecrets({ ...request, headers }, configuration).length > 0) return false;
  const manifest = manifestInForce(trust.current());
  if (manifest === null) return trust.current().manifest === null;
  if (request.stream !== null && needsWholeBody(manifest, request)) return false;
  const { url, method, body } = request;
  const matched = matchRequest({ url, method, headers: request.headers, body, manifest });
  if (matched.kind !== "matched") return matched.kind === "unchanged";
  const { token, proof } = matched.api;
  return matched.demanded.length === 0 && !(bare && (token !== undefined || proof !== undefined));
}
