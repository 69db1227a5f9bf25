/**
 * What is remembered of decoys that are in no record: their newest credential, sealed as it was given; and, by `evidence:` and its nonce, the key that
 * an evidence challenge served. Bounded and forgetful; what it forgot is asked to enrol, as any unknown instance is.
 */
export interface DecoyMemory {
  recall(project: string, instance: string): Promise<string | null>;
  remember(project: string, instance: string, credential: string, ttlSeconds: number): Promise<void>;
}
