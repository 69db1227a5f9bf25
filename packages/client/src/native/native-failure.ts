import { ChannelError, type ChannelErrorCode, NativeKeyError, type NativeKeyErrorCode } from "../ports.ts";

const keyCodes: readonly NativeKeyErrorCode[] = ["invalid_key", "unavailable", "unsupported"];
const channelCodes: readonly ChannelErrorCode[] = ["channel_refused", "network", "aborted"];

/** The code a bridge rejected with: bridges make errors of their own, and keep the code alone. */
function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null ? (error as { readonly code?: unknown }).code : undefined;
}

/** What a bridge rejected with, without its text: that is the platform's, and may hold what was sent. */
export function toKeyError(error: unknown, alias: string): NativeKeyError {
  const code = keyCodes.find((known) => known === codeOf(error)) ?? "unavailable";
  return new NativeKeyError(code, "the native half refused", alias);
}

export function toChannelError(error: unknown, isAborted: boolean): ChannelError {
  const code = isAborted ? "aborted" : (channelCodes.find((known) => known === codeOf(error)) ?? "network");
  return new ChannelError(code, "the native half refused");
}
