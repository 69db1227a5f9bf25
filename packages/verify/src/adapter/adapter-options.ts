/** What every adapter takes beside its verifier. */
export interface AdapterOptions {
  /**
   * `enforce` (default): what is not verified is answered 401, or 503 where keys, the consume call or the replay store cannot be had.
   * `monitor`: every request passes, and its verification hangs on it.
   */
  readonly mode?: "enforce" | "monitor";
  /** True: the answer names the reason. Default false: whoever forges tokens learns nothing from a refusal. */
  readonly reveal?: boolean;
  /**
   * `preflights`: CORS preflights (OPTIONS with Access-Control-Request-Method) pass unverified, for a browser sends no token with them.
   * By default they are refused like any other request, so set it only where nothing behind acts on OPTIONS.
   */
  readonly skip?: "preflights";
  /** The largest body read for a proof's digest. Default 1 MiB; a larger one is refused as `body_unavailable`. */
  readonly bodyLimitBytes?: number;
  /** The scheme of `WWW-Authenticate`, which a 401 must have (RFC 9110 §11.6.1). Default `Bearer`. */
  readonly challenge?: string;
}

/** The options of one adapter, whole. */
export interface AdapterSettings {
  readonly mode: "enforce" | "monitor";
  readonly reveal: boolean;
  readonly skipsPreflights: boolean;
  readonly bodyLimitBytes: number;
  readonly challenge: string;
}

const schemePattern = /^[A-Za-z][A-Za-z0-9!#$%&'*+.^_`|~-]*$/;

/** The settings of these options. TypeError where one is not of its documented values: a slip here must not open a door. */
export function toAdapterSettings(options: AdapterOptions = {}): AdapterSettings {
  const { mode = "enforce", reveal = false, skip, bodyLimitBytes = 1_048_576, challenge = "Bearer" } = options;
  if (mode !== "enforce" && mode !== "monitor") throw new TypeError("mode must be enforce or monitor");
  if (typeof reveal !== "boolean") throw new TypeError("reveal must be a boolean");
  if (skip !== undefined && skip !== "preflights") throw new TypeError("skip must be preflights where it is given");
  if (!Number.isSafeInteger(bodyLimitBytes) || bodyLimitBytes < 0) {
    throw new TypeError("bodyLimitBytes must be a number of bytes");
  }
  if (!schemePattern.test(challenge)) throw new TypeError("challenge must be an authentication scheme");
  return { mode, reveal, skipsPreflights: skip === "preflights", bodyLimitBytes, challenge };
}
