/** A spot of a request: what stands there now, decoded, and how a value is put there. */
export interface Slot {
  /** Equal keys are the same spot. */
  readonly key: string;
  /** Null where nothing stands there. */
  readonly current: string | null;
  /** False where the value does not fit the place; nothing is changed then. */
  put(value: string): boolean;
}
