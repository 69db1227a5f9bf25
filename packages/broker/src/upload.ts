import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import type { ProblemCode } from "@countersign/protocol";

export interface UploadOptions {
  /** What the caller's MAC covers: `sha-256=:…:`. */
  readonly digest: string;
  /** Bytes it was said to have, or null where nothing was said. */
  readonly length: number | null;
  readonly limit: number;
  /** How long the caller may send nothing. */
  readonly idleMs: number;
  /** Judges once more, when all but the last piece is gone, whether the call may be made at all. */
  readonly mayEnd: () => ProblemCode | null;
}

/** A body on its way, unproven until its end. */
export interface Upload {
  readonly length: number | null;
  /** Why it was broken off; null where it was not. */
  readonly refusal: ProblemCode | null;
  /** Whether all of it was read and proven. */
  readonly isDone: boolean;
  /** To be read once. Throws, before the last piece, where the body is not the one that the MAC covers. */
  pieces(): AsyncIterable<Uint8Array>;
  /** Reads it to its end, for nobody: whether the call may be made is not asked. */
  drain(): Promise<ProblemCode | null>;
  /** Nobody wants the rest. */
  stop(): void;
}

const brokenOff = (): Error => new Error("the upload was broken off");

/**
 * Streams a caller's body, hashed on its way. The last piece is held back until the digest fits and the call may still be made: what an altered
 * body leaves at the upstream is a request without its end.
 */
export function createUpload(body: Readable, options: UploadOptions): Upload {
  const { digest, limit, idleMs, mayEnd } = options;
  const hash = createHash("sha256");
  let refusal: ProblemCode | null = null;
  let length = 0;
  let isDone = false;
  let isStopped = false;
  let giveUp = (): void => {};

  function refuse(code: ProblemCode): Error {
    refusal ??= code;
    return brokenOff();
  }

  function stop(): void {
    isStopped = true;
    giveUp();
  }

  /** The next piece, or null at the end. Nothing is left of a wait: an upload may come byte by byte. */
  function next(pieces: AsyncIterator<Buffer>): Promise<Buffer | null> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(stop, idleMs);
      const settle = (): void => {
        clearTimeout(timer);
        giveUp = () => {};
      };
      giveUp = () => {
        settle();
        reject(refuse("malformed"));
      };
      if (isStopped) return giveUp();
      pieces.next().then(
        ({ done, value }) => {
          settle();
          resolve(done === true ? null : value);
        },
        () => giveUp(),
      );
    });
  }

  function judge(isSent: boolean): void {
    if (options.length !== null && length !== options.length) throw refuse("malformed");
    if (length === 0 || `sha-256=:${hash.digest("base64")}:` !== digest) throw refuse("signature_invalid");
    const code = isSent ? mayEnd() : null;
    if (code !== null) throw refuse(code);
  }

  async function* read(isSent: boolean): AsyncGenerator<Uint8Array> {
    const pieces: AsyncIterator<Buffer> = body.iterator({ destroyOnReturn: false });
    let held: Buffer | null = null;
    for (let piece = await next(pieces); piece !== null; piece = await next(pieces)) {
      length += piece.length;
      if (length > limit) throw refuse("too_large");
      hash.update(piece);
      if (held !== null) yield held;
      held = piece;
    }
    judge(isSent);
    isDone = true;
    if (held !== null) yield held;
  }

  return {
    length: options.length,
    get refusal() {
      return refusal;
    },
    get isDone() {
      return isDone;
    },
    pieces: () => read(true),
    async drain() {
      try {
        for await (const _piece of read(false));
      } catch {
        return refusal ?? "malformed";
      }
      return null;
    },
    stop,
  };
}
