export type * from "./app-attest-receipts.ts";
export type * from "./decoy-memory.ts";
export type * from "./device-check.ts";
export type * from "./ledger.ts";
export type * from "./play-integrity.ts";
export type * from "./record-store.ts";
export type * from "./records.ts";
export type * from "./vault.ts";
