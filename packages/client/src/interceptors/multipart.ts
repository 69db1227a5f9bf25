import { concatBytes, toUtf8 } from "@countersign/protocol";
import { asyncIterator } from "../async-iterator.ts";
import type { StreamedBody } from "../ports.ts";
import { streamOfBlob } from "./blob-body.ts";

/** A part as React Native's FormData gives it: text, or a file that only the platform can read. */
interface NativePart {
  readonly headers?: Readonly<Record<string, string>>;
  readonly string?: string;
  readonly uri?: string;
  readonly fieldName?: string;
  readonly name?: string;
  readonly type?: string;
}

interface Part {
  readonly head: Uint8Array;
  readonly body: StreamedBody;
}

/** Reads a file by the URI that a platform gave it. */
export type ReadUri = (uri: string) => Promise<Uint8Array>;

const fieldText = /^[\t\x20-\x7e]+$/;
const newline = /\r\n|\r|\n/g;

/** A name within a part's head, as the HTML standard escapes it. */
function escapeName(name: string): string {
  return name.replace(/\r/g, "%0D").replace(/\n/g, "%0A").replace(/"/g, "%22");
}

function ofBytes(bytes: Uint8Array): StreamedBody {
  return {
    length: bytes.length,
    replayable: true,
    async *[asyncIterator]() {
      yield bytes;
    },
  };
}

function ofUri(uri: string, read: ReadUri): StreamedBody {
  return {
    replayable: true,
    async *[asyncIterator]() {
      yield await read(uri);
    },
  };
}

function headOf(
  boundary: string,
  name: string,
  file: { readonly name: string; readonly type: string } | null,
): Uint8Array {
  const field = escapeName(name.replace(newline, "\r\n"));
  const lines = [`--${boundary}`, `Content-Disposition: form-data; name="${field}"`];
  if (file !== null) {
    lines[1] += `; filename="${escapeName(file.name)}"`;
    // A platform's own Blob has none but such a type; what names a file by its URI may have been given any text.
    lines.push(`Content-Type: ${fieldText.test(file.type) ? file.type : "application/octet-stream"}`);
  }
  return toUtf8(`${lines.join("\r\n")}\r\n\r\n`);
}

function partOf(boundary: string, name: string, value: string | Blob): Part {
  if (typeof value === "string") {
    return { head: headOf(boundary, name, null), body: ofBytes(toUtf8(value.replace(newline, "\r\n"))) };
  }
  const file = { name: (value as Partial<File>).name ?? "blob", type: value.type };
  return { head: headOf(boundary, name, file), body: streamOfBlob(value) };
}

function nativePartOf(boundary: string, part: NativePart, read: ReadUri): Part {
  const name = part.fieldName ?? "";
  if (typeof part.string === "string") return partOf(boundary, name, part.string);
  const type = part.type ?? part.headers?.["content-type"] ?? "";
  const head = headOf(boundary, name, { name: part.name ?? "file", type });
  return { head, body: ofUri(part.uri ?? "", read) };
}

function partsOf(form: FormData, boundary: string, read: ReadUri): Part[] {
  const native = form as unknown as { getParts?: () => readonly NativePart[] };
  if (typeof native.getParts === "function") {
    return native.getParts().map((part) => nativePartOf(boundary, part, read));
  }
  return [...form.entries()].map(([name, value]) => partOf(boundary, name, value));
}

/** Texts of a form's fields, where a placeholder may stand. */
export function textsOfForm(form: FormData): string[] {
  const native = form as unknown as { getParts?: () => readonly NativePart[] };
  if (typeof native.getParts === "function") return native.getParts().flatMap(({ string }) => string ?? []);
  return [...form.values()].filter((value) => typeof value === "string");
}

/**
 * A form as `multipart/form-data` (RFC 7578, as the HTML standard writes it). It may be read again and gives the same bytes; files are read
 * piece by piece.
 */
export function multipartOf(form: FormData, boundary: string, read: ReadUri): StreamedBody {
  const parts = partsOf(form, boundary, read);
  const end = toUtf8(`--${boundary}--\r\n`);
  const crlf = toUtf8("\r\n");
  const lengths = parts.map(({ head, body }) =>
    body.length === undefined ? Number.NaN : head.length + body.length + 2,
  );
  const length = lengths.reduce((sum, each) => sum + each, end.length);
  return {
    ...(Number.isNaN(length) ? {} : { length }),
    replayable: true,
    async *[asyncIterator]() {
      for (const { head, body } of parts) {
        yield head;
        yield* body;
        yield crlf;
      }
      yield concatBytes(end);
    },
  };
}
