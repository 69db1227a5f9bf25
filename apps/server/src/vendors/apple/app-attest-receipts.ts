import { fromBase64 } from "@countersign/attestation";
import type { AppAttestReceipts, ReceiptRenewal } from "../../domain/ports/app-attest-receipts.ts";
import { type AppleAnswer, callApple } from "./call-apple.ts";

export interface AppAttestReceiptsOptions {
  /** Gives the developer token of a call. */
  readonly token: () => string;
  /** Origins in place of Apple's. */
  readonly origins?: Readonly<Record<"production" | "development", string>>;
  /** Default 10 s. */
  readonly timeoutMs?: number;
}

/** Apple's servers for receipts (https://developer.apple.com/documentation/devicecheck/assessing-fraud-risk). */
const appleOrigins = {
  production: "https://data.appattest.apple.com",
  development: "https://data-development.appattest.apple.com",
} as const;

const defaultRetrySeconds = 3600;

/** Renews receipts at Apple's server: the receipt goes and comes as base64, the bare token authorizes. */
export function createAppAttestReceipts(options: AppAttestReceiptsOptions): AppAttestReceipts {
  const origins = options.origins ?? appleOrigins;
  return {
    refresh: async (receipt, environment) => {
      const answer = await callApple({
        url: `${origins[environment]}/v1/attestationData`,
        authorization: options.token(),
        contentType: "base64",
        body: Buffer.from(receipt).toString("base64"),
        timeoutMs: options.timeoutMs ?? 10_000,
      });
      return answer === null ? { status: "unavailable" } : toRenewal(answer);
    },
  };
}

function toRenewal({ status, text, retryAfterSeconds }: AppleAnswer): ReceiptRenewal {
  switch (status) {
    case 200: {
      const receipt = fromBase64(text.trim());
      return receipt === null || receipt.length === 0 ? { status: "unavailable" } : { status: "renewed", receipt };
    }
    case 304:
      return { status: "too_soon" };
    case 400:
      return { status: "refused" };
    case 401:
    case 403:
      return { status: "unauthorized" };
    case 404:
      return { status: "no_data" };
    case 429:
      return { status: "slow_down", retryAfterSeconds: retryAfterSeconds ?? defaultRetrySeconds };
    default:
      return { status: "unavailable" };
  }
}
