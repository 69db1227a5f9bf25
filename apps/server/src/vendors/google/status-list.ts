import { parseStatusList } from "@countersign/attestation";

/** Where Google serves it (https://developer.android.com/privacy-and-security/security-key-attestation#certificate_status). */
export const googleStatusListUrl = "https://android.googleapis.com/attestation/status";

/** How long an answer counts as fresh, whatever its Cache-Control says. Seconds. */
export const freshness = { shortest: 300, unsaid: 3600, longest: 86_400 } as const;

const maximumBytes = 16 * 1024 * 1024;

/** What the vendor answered. Only a `list` may replace another. */
export type StatusListAnswer =
  | { readonly kind: "list"; readonly text: string; readonly etag: string | null; readonly freshSeconds: number }
  | { readonly kind: "unchanged"; readonly freshSeconds: number }
  | { readonly kind: "failed"; readonly why: string };

export interface StatusListRequest {
  readonly url: string;
  /** Of the list that is held; null: none is, or it had none. */
  readonly etag: string | null;
  /** For the whole answer. Default 15000. */
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
}

/**
 * Asks for the status list. Never throws: an answer that is no list, is empty (Google's never was), too large, redirected or late is
 * `failed`. Reads no more than 16 MiB.
 */
export async function fetchStatusList(request: StatusListRequest): Promise<StatusListAnswer> {
  const { url, etag, timeoutMs = 15_000, signal } = request;
  try {
    const response = await fetch(url, {
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      headers: { accept: "application/json", ...(etag === null ? {} : { "if-none-match": etag }) },
    });
    const freshSeconds = freshSecondsOf(response.headers);
    if (response.status === 304 && etag !== null) return { kind: "unchanged", freshSeconds };
    if (response.status !== 200) {
      await response.body?.cancel();
      return { kind: "failed", why: `it answered ${response.status}` };
    }
    const text = await readBounded(response);
    if (text === null) return { kind: "failed", why: `it is larger than ${maximumBytes} bytes` };
    const parsed = parseStatusList(text);
    if (!parsed.ok) return { kind: "failed", why: parsed.message };
    if (parsed.size === 0) return { kind: "failed", why: "the list is empty" };
    return { kind: "list", text, etag: etagOf(response.headers), freshSeconds };
  } catch (error) {
    return { kind: "failed", why: whyOf(error) };
  }
}

/** `max-age` less `Age` (RFC 9111 section 5), within the bounds. */
function freshSecondsOf(headers: Headers): number {
  const control = headers.get("cache-control") ?? "";
  const said = /(?:^|[,\s])max-age=(\d{1,9})(?:[,\s]|$)/i.exec(control)?.[1];
  const uncached = /(?:^|[,\s])no-(?:store|cache)(?:[,\s]|$)/i.test(control);
  const age = /^\d{1,9}$/.exec(headers.get("age") ?? "")?.[0] ?? "0";
  const seconds = uncached ? 0 : said === undefined ? freshness.unsaid : Number(said) - Number(age);
  return Math.min(Math.max(seconds, freshness.shortest), freshness.longest);
}

/** Only one that can be sent back and kept. */
function etagOf(headers: Headers): string | null {
  const etag = headers.get("etag");
  return etag !== null && /^(?:W\/)?"[\x21\x23-\x7e]{0,256}"$/.test(etag) ? etag : null;
}

async function readBounded(response: Response): Promise<string | null> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > maximumBytes) return null;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return "it cannot be reached";
  const { cause } = error;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : error.name;
  return `it cannot be read (${code})`;
}
