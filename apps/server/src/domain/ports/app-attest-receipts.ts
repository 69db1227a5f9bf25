/** What Apple's server made of a receipt. */
export type ReceiptRenewal =
  /** The new receipt as it came; nothing of it is verified yet. */
  | { readonly status: "renewed"; readonly receipt: Uint8Array }
  /** The receipt is younger than Apple renews. */
  | { readonly status: "too_soon" }
  /** Apple holds nothing of the device any more: it keeps 30 days. */
  | { readonly status: "no_data" }
  /** Apple does not take this receipt, now or later: it has expired, or is none. */
  | { readonly status: "refused" }
  | { readonly status: "slow_down"; readonly retryAfterSeconds: number }
  /** Apple does not know the operator's key. */
  | { readonly status: "unauthorized" }
  /** No answer, or none that can be read. */
  | { readonly status: "unavailable" };

/** Apple's server for App Attest receipts, asked with one operator's key. Never rejects. */
export interface AppAttestReceipts {
  refresh(receipt: Uint8Array, environment: "production" | "development"): Promise<ReceiptRenewal>;
}
