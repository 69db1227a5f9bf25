/** Remembers what may be seen once. Shared by every node that one origin has. */
export interface ReplayStore {
  /**
   * True the first time a key is given, false until its time is over. A store that cannot tell, or has no room, rejects: the request is
   * then refused as `replay_store_unavailable`.
   */
  once(key: string, ttlSeconds: number): Promise<boolean>;
}
