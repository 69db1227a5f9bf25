/** Frames that one message may come in. */
export const maxFragments = 4096;

/** Bounds of one brokered WebSocket. Times in milliseconds. */
export interface SocketLimits {
  /** Openings in work at once on this node, before anything is known of who asks. Over it: `unavailable`. */
  readonly concurrentOpenings: number;
  /** From the request to the upstream's yes. Over it: `upstream_timeout`. */
  readonly openingMs: number;
  /** Bytes of one message, whole. */
  readonly messageBytes: number;
  /** Bytes that wait to be taken by one side before the other is read no further. */
  readonly waitingBytes: number;
  /** How long a side may take nothing of what waits. */
  readonly drainMs: number;
  /** Pings and pongs of one side in `pingMs`. Over it, it is cut off. */
  readonly controlFrames: number;
  /** How long a socket may go without a message in either direction. */
  readonly quietMs: number;
  /** How often each side has to show that it is there. */
  readonly pingMs: number;
  /** How often it is looked at whether the caller still may, and whether the values are still those. */
  readonly lookMs: number;
  /** The largest age of a socket. */
  readonly ageMs: number;
  /** How long a side may take over the closing handshake. */
  readonly closingMs: number;
}

export const defaultSocketLimits: SocketLimits = {
  concurrentOpenings: 256,
  openingMs: 30_000,
  messageBytes: 1024 * 1024,
  waitingBytes: 256 * 1024,
  drainMs: 60_000,
  controlFrames: 500,
  quietMs: 600_000,
  pingMs: 30_000,
  lookMs: 5_000,
  ageMs: 3_600_000,
  closingMs: 5_000,
};
