import { asyncIterator } from "../async-iterator.ts";
import type { StreamedBody } from "../ports.ts";
import { abortReason } from "./abort-signal.ts";

/** Old platforms read a Blob by FileReader alone. */
function readByFileReader(blob: Blob): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(new Uint8Array(reader.result as ArrayBuffer));
    reader.onerror = () => reject(reader.error ?? new TypeError("a Blob cannot be read"));
    reader.readAsArrayBuffer(blob);
  });
}

/** The pieces of the platform's stream, once. Leaving early cancels it, as does `signal`, also while a piece is waited for. */
export async function* piecesOf(stream: ReadableStream<unknown>, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  const cancel = (): Promise<void> => reader.cancel().catch(() => {});
  const giveUp = (): void => void cancel();
  let isRead = false;
  signal?.addEventListener("abort", giveUp);
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (!(part.value instanceof Uint8Array)) throw new TypeError("a stream that is sent gives Uint8Arrays");
      yield part.value;
    }
    // A stream that was cancelled looks like one that ended.
    if (signal?.aborted === true) throw abortReason(signal);
    isRead = true;
  } finally {
    signal?.removeEventListener("abort", giveUp);
    if (!isRead) await cancel();
  }
}

/** A Blob piece by piece; it can be read again. */
export function streamOfBlob(blob: Blob): StreamedBody {
  return {
    length: blob.size,
    replayable: true,
    async *[asyncIterator]() {
      if (typeof blob.stream === "function") yield* piecesOf(blob.stream());
      else if (typeof blob.arrayBuffer === "function") yield new Uint8Array(await blob.arrayBuffer());
      else yield await readByFileReader(blob);
    },
  };
}
