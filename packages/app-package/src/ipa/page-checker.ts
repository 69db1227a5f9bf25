import { hash } from "node:crypto";
import { bytesEqual } from "@countersign/asn1";
import type { CodeDirectory } from "./code-directory.ts";

/** A slice and the directories that name its pages. */
export interface CheckedPages {
  readonly offset: number;
  readonly directories: readonly CodeDirectory[];
}

/**
 * Checks every page of every slice against every directory while the file goes by once. Holds a page for each slice and page size: at most 64 KiB.
 */
export function createPageChecker(slices: readonly CheckedPages[]): {
  readonly update: (piece: Uint8Array) => void;
  /** Where the first page stands, from the file's beginning, that has not the digest it should have, or did not come; null where all have. */
  readonly end: () => number | null;
} {
  const runs = slices.flatMap(({ offset, directories }) =>
    directories.map((directory) => createRun(offset, directory)),
  );
  let at = 0;
  return {
    update(piece) {
      for (const run of runs) run.update(at, piece);
      at += piece.length;
    },
    end() {
      const failed = runs.map((run) => run.firstFailure()).filter((place) => place !== null);
      return failed.length === 0 ? null : Math.min(...failed);
    },
  };
}

function createRun(sliceOffset: number, directory: CodeDirectory) {
  const { pageBytes, codeLimit, pageDigests, digestBytes, digestName } = directory;
  const page = new Uint8Array(pageBytes);
  let filled = 0;
  let done = 0;
  let failed: number | null = null;

  function check(bytes: Uint8Array): void {
    const index = done / pageBytes;
    const expected = pageDigests.subarray(index * digestBytes, (index + 1) * digestBytes);
    const found = hash(digestName, bytes, "buffer").subarray(0, digestBytes);
    if (failed === null && !bytesEqual(found, expected)) failed = sliceOffset + done;
    done += bytes.length;
  }

  return {
    update(pieceOffset: number, piece: Uint8Array): void {
      while (done < codeLimit && failed === null) {
        const from = sliceOffset + done + filled - pieceOffset;
        const wanted = Math.min(pageBytes, codeLimit - done);
        if (from < 0 || from >= piece.length) return;
        const part = piece.subarray(from, from + wanted - filled);
        if (filled === 0 && part.length === wanted) {
          check(part);
          continue;
        }
        page.set(part, filled);
        filled += part.length;
        if (filled < wanted) return;
        filled = 0;
        check(page.subarray(0, wanted));
      }
    },
    firstFailure: (): number | null => failed ?? (done < codeLimit ? sliceOffset + done : null),
  };
}
