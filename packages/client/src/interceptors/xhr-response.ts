import { concatBytes } from "@countersign/protocol";
import { decodeText } from "../fetch/agent-response.ts";
import type { Headers } from "../fetch/app-request.ts";
import type { Scope } from "./scope.ts";

const hidden = ["set-cookie", "set-cookie2"];

function mimeOf(type: string): string {
  return (type.split(";")[0] ?? "").trim().toLowerCase();
}

function charsetOf(type: string): string | null {
  return /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(type)?.[1] ?? null;
}

/** What an XMLHttpRequest shows of an answer, while it comes and after. */
export class XhrResponse {
  readonly #scope: Scope;
  readonly #headers: Headers;
  readonly #type: string;
  readonly #parts: Uint8Array[] = [];
  readonly #decoder: TextDecoder | null;
  #text = "";
  #length = 0;
  #isWhole = false;
  #made: { readonly value: unknown } | null = null;

  /** `overridden` is what `overrideMimeType` said, else null. */
  constructor(scope: Scope, headers: Headers, overridden: string | null) {
    this.#scope = scope;
    this.#headers = headers;
    const declared = this.header("content-type") ?? "";
    this.#type = overridden ?? (declared === "" ? "text/xml" : declared);
    this.#decoder = this.#createDecoder(overridden, declared);
  }

  #createDecoder(overridden: string | null, declared: string): TextDecoder | null {
    const Decoder = this.#scope.TextDecoder;
    if (Decoder === undefined) return null;
    const charset = charsetOf(overridden ?? "") ?? charsetOf(declared) ?? "utf-8";
    try {
      return new Decoder(charset);
    } catch {
      return new Decoder();
    }
  }

  header(name: string): string | null {
    const wanted = name.toLowerCase();
    if (hidden.includes(wanted)) return null;
    const values = this.#headers.filter(([each]) => each === wanted).map(([, value]) => value);
    return values.length === 0 ? null : values.join(", ");
  }

  allHeaders(): string {
    const names = [...new Set(this.#headers.map(([name]) => name))].filter((name) => !hidden.includes(name)).sort();
    return names.map((name) => `${name}: ${this.header(name) ?? ""}\r\n`).join("");
  }

  /** Length of the body as declared; 0 where it is not, or where what was decoded has another. */
  total(): number {
    const declared = this.header("content-length") ?? "";
    return /^[0-9]{1,15}$/.test(declared) && this.header("content-encoding") === null ? Number(declared) : 0;
  }

  length(): number {
    return this.#length;
  }

  push(part: Uint8Array, asText: boolean): void {
    this.#length += part.length;
    this.#parts.push(part);
    if (asText && this.#decoder !== null) this.#text += this.#decoder.decode(part, { stream: true });
  }

  end(asText: boolean): void {
    this.#isWhole = true;
    if (!asText) return;
    this.#text += this.#decoder?.decode() ?? decodeText(concatBytes(...this.#parts)).replace(/^\ufeff/, "");
  }

  text(): string {
    return this.#text;
  }

  /** `response` of every type but text: null until the body is whole, and where it is not what the type says. The same object each time. */
  object(responseType: string): unknown {
    if (!this.#isWhole) return null;
    this.#made ??= { value: this.#make(responseType) };
    return this.#made.value;
  }

  #make(responseType: string): unknown {
    const bytes = concatBytes(...this.#parts);
    if (responseType === "arraybuffer") return bytes.buffer;
    if (responseType === "blob") {
      const PlatformBlob = this.#scope.Blob;
      return PlatformBlob === undefined ? null : new PlatformBlob([bytes as BlobPart], { type: this.#type });
    }
    if (responseType === "document") return this.#document(bytes, true);
    try {
      return JSON.parse(decodeText(bytes).replace(/^\ufeff/, "")) as unknown;
    } catch {
      return null;
    }
  }

  /** `responseXML`: of the type `document`, or, without a type, of XML alone. */
  document(responseType: string): Document | null {
    if (!this.#isWhole) return null;
    if (responseType === "document") return this.object(responseType) as Document | null;
    this.#made ??= { value: this.#document(concatBytes(...this.#parts), false) };
    return this.#made.value as Document | null;
  }

  #document(bytes: Uint8Array, takesHtml: boolean): Document | null {
    const Parser = this.#scope.DOMParser;
    const mime = mimeOf(this.#type);
    const isHtml = mime === "text/html";
    const isXml = mime === "text/xml" || mime === "application/xml" || mime.endsWith("+xml");
    if (Parser === undefined || bytes.length === 0 || !(isXml || (isHtml && takesHtml))) return null;
    const charset = charsetOf(this.#type) ?? "utf-8";
    const text =
      this.#scope.TextDecoder === undefined ? decodeText(bytes) : new this.#scope.TextDecoder(charset).decode(bytes);
    const parsed = new Parser().parseFromString(text, isHtml ? "text/html" : "application/xml");
    return parsed.querySelector("parsererror") === null ? parsed : null;
  }
}
