/** A file of what is scanned: on disk, or inside an archive. */
export interface Member {
  /** Path from what was named, `/` between parts; inside an archive after `!/`. */
  readonly path: string;
  /** Size as packed, where it is packed. */
  readonly packedBytes: number | null;
  /** Where it lies, if it is a file of the disk. */
  readonly file?: string;
  open(): Promise<AsyncIterable<Buffer>>;
}

/**
 * `damaged`: its bytes cannot be had, or its structure makes no sense; `encrypted`; `too_large`: past a limit; `too_deep`: an archive in an archive in an archive;
 * `no_access`: the system refused.
 */
export type UnreadableReason = "damaged" | "encrypted" | "too_large" | "too_deep" | "no_access";

export interface Unreadable {
  readonly file: string;
  readonly reason: UnreadableReason;
  /** `raw`: its characters were looked at all the same, without its structure; `nothing`: it, or its rest, was not. */
  readonly readAs: "raw" | "nothing";
}

/** A walk's next step: a file, what could not be had, or something that was passed over on purpose. */
export type Step =
  | { readonly type: "member"; readonly member: Member }
  | { readonly type: "unreadable"; readonly unreadable: Unreadable }
  | { readonly type: "skipped" };
