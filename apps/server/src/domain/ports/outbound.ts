/** A call of the service's own to somebody else's server. */
export interface OutboundRequest {
  readonly method: "GET" | "POST" | "PUT";
  /** A strict `https` URL. */
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | null;
}

/** `address_refused`: the host is not one this call may go to. `unreachable`: no connection, no proof, no whole answer, or not in time. `unreadable`: too large, or encoded. */
export type OutboundFailure = "address_refused" | "unreachable" | "unreadable";

/** A whole answer, whatever its status; redirects are answers. Or why there is none: nothing of the request stands in it. */
export type OutboundAnswer =
  | { readonly ok: true; readonly status: number; readonly body: Uint8Array }
  | { readonly ok: false; readonly failure: OutboundFailure };

/** Never rejects. `allowPrivate`: whether a host that names a private address may be called. */
export type CallOut = (
  request: OutboundRequest,
  options: { readonly allowPrivate: boolean; readonly abort: AbortSignal },
) => Promise<OutboundAnswer>;
