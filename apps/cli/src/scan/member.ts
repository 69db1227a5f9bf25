import type { FileHandle } from "node:fs/promises";

/** A file of what is scanned: on disk, or inside an archive or a compressed file. */
export interface Member {
  /** Path from what was named, `/` between parts; inside an archive after `!/`. */
  readonly path: string;
  /** Size as packed, where it is packed. */
  readonly packedBytes: number | null;
  /** Opens it where it lies, if it is a file of the disk. */
  readonly openFile?: () => Promise<FileHandle>;
  /** Its bytes from the first on, as often as it is called. */
  open(): Promise<AsyncIterable<Buffer>>;
}

/**
 * `damaged`: its bytes cannot be had, or its structure makes no sense; `encrypted`; `packed`: compressed or archived in a form that is not read; `too_large`: past a limit;
 * `too_deep`: an archive in an archive in an archive; `no_access`: the system refused; `gone`: it was listed, and is no file any more.
 */
export type UnreadableReason = "damaged" | "encrypted" | "packed" | "too_large" | "too_deep" | "no_access" | "gone";

export interface Unreadable {
  readonly file: string;
  readonly reason: UnreadableReason;
  /** `raw`: its characters were looked at all the same, without its structure; `nothing`: it, or a part of it, was not. */
  readonly readAs: "raw" | "nothing";
}

/** A walk's next step: a file, what could not be had, or something that was passed over on purpose. */
export type Step =
  | { readonly type: "member"; readonly member: Member }
  | { readonly type: "unreadable"; readonly unreadable: Unreadable }
  | { readonly type: "skipped" };
