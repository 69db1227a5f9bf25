import { fromUtf8 } from "@countersign/protocol";
import * as limits from "@countersign/protocol/limits";
import { asyncIterator } from "../async-iterator.ts";
import type { StreamedBody } from "../ports.ts";
import { piecesOf, streamOfBlob } from "./blob-body.ts";
import { multipartOf, type ReadUri, textsOfForm } from "./multipart.ts";
import type { Scope } from "./scope.ts";

/** A body as the agent takes it, and the type that the platform would declare for it. */
export interface AppBody {
  readonly body: string | Uint8Array | StreamedBody | null;
  readonly contentType: string | null;
}

/** What kind a body is goes by its tag: it may be of another realm, or of a polyfill. */
function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

function isForm(value: unknown): value is FormData {
  return typeof (value as FormData).append === "function" && (tagOf(value) === "FormData" || isNativeForm(value));
}

function isNativeForm(value: unknown): boolean {
  return typeof (value as { getParts?: unknown }).getParts === "function";
}

function isSearchParams(value: unknown): value is URLSearchParams {
  const { append, toString: text } = value as Partial<URLSearchParams>;
  return (
    tagOf(value) === "URLSearchParams" ||
    (typeof append === "function" &&
      text !== Object.prototype.toString &&
      !isForm(value) &&
      tagOf(value) === "Object" &&
      typeof (value as URLSearchParams).getAll === "function")
  );
}

function isBlob(value: unknown): value is Blob {
  const tag = tagOf(value);
  return (
    tag === "Blob" ||
    tag === "File" ||
    (typeof (value as Blob).size === "number" &&
      typeof (value as Blob).slice === "function" &&
      typeof (value as Blob).type === "string")
  );
}

/** The bytes of a buffer or of what looks into one, as they are now; null for anything else. */
export function bytesOf(value: unknown): Uint8Array | null {
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength).slice();
  }
  const tag = tagOf(value);
  return tag === "ArrayBuffer" || tag === "SharedArrayBuffer" ? new Uint8Array(value as ArrayBuffer).slice() : null;
}

function boundaryOf(): string {
  const bytes = new Uint8Array(16);
  // A boundary is no secret: it only must not stand in what it parts.
  const random = globalThis.crypto?.getRandomValues?.(bytes) ?? bytes.map(() => Math.floor(Math.random() * 256));
  return `----CountersignFormBoundary${[...random].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** The platform's own fetch reads what its forms name by URI. */
function uriReader(fetchUri: typeof fetch | undefined): ReadUri {
  return async (uri) => {
    if (fetchUri === undefined) throw new TypeError("this platform cannot read a file by its URI");
    return new Uint8Array(await (await fetchUri(uri)).arrayBuffer());
  };
}

function ofDocument(scope: Scope, value: Document): AppBody {
  const isHtml = value.contentType === "text/html";
  const Serializer = scope.XMLSerializer;
  if (Serializer === undefined) throw new TypeError("this platform cannot write a document");
  const type = isHtml ? "text/html" : "application/xml";
  return { body: new Serializer().serializeToString(value), contentType: `${type};charset=UTF-8` };
}

/**
 * A body of the platform as the agent takes it: Blobs, files, forms and streams stay in pieces, and a view is copied. `signal` cancels a stream
 * that is being read.
 */
export function toAppBody(scope: Scope, value: unknown, fetchUri?: typeof fetch, signal?: AbortSignal): AppBody {
  if (value === null || value === undefined) return { body: null, contentType: null };
  if (typeof value !== "object") return { body: String(value as string), contentType: "text/plain;charset=UTF-8" };
  const bytes = bytesOf(value);
  if (bytes !== null) return { body: bytes, contentType: null };
  if (isForm(value)) {
    const boundary = boundaryOf();
    const body = multipartOf(value, boundary, uriReader(fetchUri));
    return { body, contentType: `multipart/form-data; boundary=${boundary}` };
  }
  if (isBlob(value)) return { body: streamOfBlob(value), contentType: value.type === "" ? null : value.type };
  if (isSearchParams(value)) {
    return { body: value.toString(), contentType: "application/x-www-form-urlencoded;charset=UTF-8" };
  }
  if (typeof (value as ReadableStream).getReader === "function") {
    const pieces = piecesOf(value as ReadableStream<unknown>, signal);
    return { body: { [asyncIterator]: () => pieces }, contentType: null };
  }
  if (asyncIterator in value) return { body: value as StreamedBody, contentType: null };
  if (tagOf(value).endsWith("Document")) return ofDocument(scope, value as Document);
  return { body: `${value as unknown as string}`, contentType: "text/plain;charset=UTF-8" };
}

/** Texts of a body where a placeholder may stand. Blobs, files and streams are not looked into. */
export function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  if (isForm(value)) return textsOfForm(value);
  if (isSearchParams(value)) return [value.toString()];
  const size = (value as Partial<ArrayBuffer>).byteLength ?? 0;
  const bytes = size > limits.fillBodyBytes ? null : bytesOf(value);
  const text = bytes === null ? null : fromUtf8(bytes);
  return text === null ? [] : [text];
}
