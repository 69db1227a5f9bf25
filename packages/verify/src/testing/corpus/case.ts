import type { SettingName } from "../settings.ts";

/** A request as it goes over the wire. */
export interface CorpusRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Lines in order, a repeated name repeated. Values are one byte a character. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: Uint8Array;
}

export type Expected =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: string; readonly bucket?: string };

/** One request and the one verdict it may get, wherever it arrives. */
export interface CorpusCase {
  readonly name: string;
  readonly setting: SettingName;
  /** A request that goes before it. */
  readonly first?: () => CorpusRequest;
  /** Makes the request anew at every run, or gives `first` again. `nonce` is what the answer to `first` asked for. */
  request(first: CorpusRequest, nonce: string): CorpusRequest | Promise<CorpusRequest>;
  readonly expected: Expected;
}

export const ok: Expected = { ok: true };

export const refused = (reason: string, bucket?: string): Expected =>
  bucket === undefined ? { ok: false, reason } : { ok: false, reason, bucket };
