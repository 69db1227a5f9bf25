import { decodeBase64 } from "./base64.ts";
import { formDecode, percentDecode } from "./percent.ts";
import { fromUtf8 } from "./utf8.ts";

/** A request as it came from the wire. */
export interface PresentedRequest {
  /** Every line as it was received. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Path and query, or an absolute URL, undecoded; null where it is not known. */
  readonly target: string | null;
  /** A body that is held whole. Only a form and JSON are looked into. */
  readonly body?: { readonly contentType: string | null; readonly bytes: Uint8Array };
}

/** Values of one request that are given at most, and characters of it that are looked at: a request's headers are rarely a tenth of that. */
export const mostPresented = 64;
const mostCharacters = 64 * 1024;
/** A text costs this many characters beside its own: a million empty segments are not looked at either. */
const costOfText = 8;
const mostLeaves = 2_000;

/** Headers that credentials travel in are looked at first: what fills the bound then is not them. */
const credentialName = /auth|key|token|secret|credential|password/i;

/**
 * The texts that a request presents where credentials stand, of the lengths that are looked for, each once, at most 64: header values, whole, after a scheme's
 * word and by their parts (`k=v`, quoted, between `/`, `:`, `,` and `;`), user and password of Basic (RFC 7617), cookies, values of the query, segments of the
 * path, and fields of a form or strings of JSON; percent-encoded ones decoded. Nothing it is given makes it throw, and its work grows with 64 KiB at most.
 */
export function presentedValues(request: PresentedRequest, lengths: ReadonlySet<number>): readonly string[] {
  const found = new Set<string>();
  if (lengths.size === 0) return [];
  let left = mostCharacters;

  const add = (text: string): void => {
    if (lengths.has(text.length) && found.size < mostPresented) found.add(text);
  };
  /** A text and its parts, as far as the bound allows. */
  const look = (text: string): void => {
    if (text.length + costOfText > left || found.size >= mostPresented) return;
    left -= text.length + costOfText;
    add(text);
    for (const piece of text.split(/[\s,;"'<>()]+/)) {
      add(piece);
      add(piece.slice(piece.indexOf("=") + 1));
      for (const part of piece.split(/[=:/|&?#@]+/)) add(part);
      if (!piece.includes("%")) continue;
      const decoded = percentDecode(piece.slice(piece.indexOf("=") + 1));
      if (decoded !== null) add(decoded);
    }
  };
  const isOver = (): boolean => left < costOfText || found.size >= mostPresented;
  const lookAtForm = (text: string): void => {
    for (const pair of text.slice(0, mostCharacters).split(/[&;]+/)) {
      if (isOver()) return;
      for (const part of [pair.slice(pair.indexOf("=") + 1), pair.slice(0, Math.max(pair.indexOf("="), 0))]) {
        const decoded = formDecode(part);
        if (decoded !== null) look(decoded);
        // Whoever does not encode `+` means it.
        if (decoded !== part) add(part);
      }
    }
  };
  const lookAtTarget = (target: string): void => {
    const [beforeQuery, query] = cut(target.split("#")[0] ?? "", "?");
    if (query !== undefined) lookAtForm(query);
    for (const segment of beforeQuery.split(/\/+/)) {
      if (isOver()) return;
      look(percentDecode(segment) ?? segment);
    }
  };
  const lookAtHeader = (value: string): void => {
    const [, basic] = /^\s*basic\s+([A-Za-z0-9+/=]{1,8192})\s*$/i.exec(value) ?? [];
    const bytes = basic === undefined ? null : decodeBase64(basic.padEnd(Math.ceil(basic.length / 4) * 4, "="));
    const pair = bytes === null ? null : fromUtf8(bytes);
    if (pair !== null) for (const part of [pair, ...cut(pair, ":")]) add(part ?? "");
    look(value.trim());
  };

  const isFirst = ([name]: readonly [string, string]): boolean => credentialName.test(name);
  for (const [, value] of request.headers.filter(isFirst)) lookAtHeader(value);
  if (request.target !== null) lookAtTarget(request.target);
  for (const [, value] of request.headers.filter((line) => !isFirst(line))) lookAtHeader(value);
  for (const text of textsOf(request.body)) {
    if (text.isForm) lookAtForm(text.text);
    else look(text.text);
  }
  return [...found];
}

function cut(text: string, at: string): readonly [string, string?] {
  const index = text.indexOf(at);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}

function textsOf(body: PresentedRequest["body"]): readonly { readonly text: string; readonly isForm: boolean }[] {
  if (body === undefined || body.bytes.length > mostCharacters || body.contentType === null) return [];
  const [type = ""] = body.contentType.toLowerCase().split(";");
  const isForm = type.trim() === "application/x-www-form-urlencoded";
  if (!isForm && !/^application\/(?:[\w.+-]+\+)?json$/.test(type.trim())) return [];
  const text = fromUtf8(body.bytes);
  if (text === null) return [];
  return isForm ? [{ text, isForm }] : stringsOf(text).map((leaf) => ({ text: leaf, isForm: false }));
}

/** The strings of a JSON text, at most 2,000 leaves of any kind; none where it cannot be read. */
function stringsOf(text: string): readonly string[] {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    return [];
  }
  const strings: string[] = [];
  const waiting: unknown[] = [root];
  for (let looked = 0; waiting.length > 0 && looked < mostLeaves; looked += 1) {
    const value = waiting.pop();
    if (typeof value === "string") strings.push(value);
    else if (typeof value === "object" && value !== null) {
      for (const each of Object.values(value)) if (waiting.length < mostLeaves) waiting.push(each);
    }
  }
  return strings;
}
