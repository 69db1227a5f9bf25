/** Which of a project's two private keys. */
export type RootKeyName = "root" | "recovery";

/** The root keys of projects: 0600 files by default, moved offline when the operator is ready. They sign key lists and nothing else. */
export interface RootKeys {
  /** Makes both keys; gives their 65-byte points. */
  create(project: string): Promise<{ readonly rootPoint: Uint8Array; readonly recoveryPoint: Uint8Array }>;
  /** 64 bytes `r ∥ s` over `message`. Rejects where the key is not held here. */
  sign(project: string, which: RootKeyName, message: Uint8Array): Promise<Uint8Array>;
  held(project: string): Promise<readonly RootKeyName[]>;
}
