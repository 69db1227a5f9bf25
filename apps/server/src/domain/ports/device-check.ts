/** Why DeviceCheck gave nothing. */
export type DeviceCheckRefusal =
  /** The device's token cannot be read, is another team's, or has been used. */
  | { readonly status: "token_refused" }
  /** Apple finds fault with the rest of the request. */
  | { readonly status: "request_refused" }
  /** Apple does not know the operator's key. */
  | { readonly status: "unauthorized" }
  | { readonly status: "slow_down"; readonly retryAfterSeconds: number }
  /** No answer, or none that can be read. */
  | { readonly status: "unavailable" };

/** The two bits of a device. `lastUpdate` is a month: `2026-11`. */
export interface DeviceBits {
  readonly bit0: boolean;
  readonly bit1: boolean;
  readonly lastUpdate: string | null;
}

/** Which of Apple's servers a token belongs to. */
export type DeviceCheckEnvironment = "production" | "development";

/**
 * Two bits per device that Apple keeps for a developer, also across reinstalls (https://developer.apple.com/documentation/devicecheck).
 * `token` is what `DCDevice.generateToken` gave, base64. Nothing here can be verified offline. Never rejects.
 */
export interface DeviceCheck {
  validate(
    token: string,
    environment: DeviceCheckEnvironment,
  ): Promise<{ readonly status: "valid" } | DeviceCheckRefusal>;
  query(
    token: string,
    environment: DeviceCheckEnvironment,
  ): Promise<
    { readonly status: "set"; readonly bits: DeviceBits } | { readonly status: "never_set" } | DeviceCheckRefusal
  >;
  update(
    token: string,
    environment: DeviceCheckEnvironment,
    bits: { readonly bit0: boolean; readonly bit1: boolean },
  ): Promise<{ readonly status: "updated" } | DeviceCheckRefusal>;
}
