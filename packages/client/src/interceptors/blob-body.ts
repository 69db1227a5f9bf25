import { asyncIterator } from "../async-iterator.ts";
import type { StreamedBody } from "../ports.ts";

/** Old platforms read a Blob by FileReader alone. */
function readByFileReader(blob: Blob): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(new Uint8Array(reader.result as ArrayBuffer));
    reader.onerror = () => reject(reader.error ?? new TypeError("a Blob cannot be read"));
    reader.readAsArrayBuffer(blob);
  });
}

/** The pieces of the platform's stream, once. Leaving early cancels it. */
export async function* piecesOf(stream: ReadableStream<unknown>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  let isRead = false;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (!(part.value instanceof Uint8Array)) throw new TypeError("a stream that is sent gives Uint8Arrays");
      yield part.value;
    }
    isRead = true;
  } finally {
    if (!isRead) await reader.cancel().catch(() => {});
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
