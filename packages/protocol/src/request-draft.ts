import { decodeBase64, encodeBase64 } from "./base64.ts";
import { JsonDraft } from "./json-draft.ts";
import * as limits from "./limits.ts";
import type { Place } from "./manifest-types.ts";
import { joinParameters, type Parameter, splitParameters, toParameter } from "./parameters.ts";
import { percentDecode, percentEncode } from "./percent.ts";
import type { Slot } from "./slot.ts";
import { formatUrl, hasDotSegment, type StrictUrl } from "./strict-url.ts";
import { fromUtf8, isWellFormed, toUtf8 } from "./utf8.ts";

export type HeaderList = readonly (readonly [string, string])[];

// RFC 9110 §5.5 field value of visible ASCII, spaces and tabs within.
const fieldValue = /^[!-~](?:[\t -~]*[!-~])?$/;
const withoutControl = /^[ -~\u0080-\uffff]*$/;

/** The one value of a header; undefined where it is absent, null where it stands more than once. */
function soleHeader(headers: HeaderList, name: string): string | null | undefined {
  const values = headers.filter(([header]) => header.toLowerCase() === name.toLowerCase());
  return values.length > 1 ? null : values[0]?.[1];
}

/** `form` or `json` where the body's declared type is that, with no charset but UTF-8. */
function bodyKind(headers: HeaderList): "form" | "json" | null {
  const declared = soleHeader(headers, "content-type");
  if (typeof declared !== "string") return null;
  const match = /^([a-z/-]+)(?:[ \t]*;[ \t]*charset=("?)utf-8\2)?$/.exec(declared.toLowerCase().trim());
  if (match?.[1] === "application/json") return "json";
  return match?.[1] === "application/x-www-form-urlencoded" ? "form" : null;
}

function parseBasic(value: string): readonly [string, string] | null {
  const match = /^basic ([A-Za-z0-9+/]*={0,2})$/i.exec(value);
  const bytes = match === null ? null : decodeBase64(match[1] ?? "");
  const text = bytes === null ? null : fromUtf8(bytes);
  const at = text?.indexOf(":") ?? -1;
  return text === null || at < 0 ? null : [text.slice(0, at), text.slice(at + 1)];
}

/**
 * A request taken apart, spot by spot. Slots are read from the request as it was given, whatever has been put since: a value that was
 * filled in is never looked at again.
 */
export class RequestDraft {
  readonly #url: StrictUrl;
  readonly #given: HeaderList;
  readonly #headers: (readonly [string, string])[];
  readonly #segments: string[];
  readonly #query: Parameter[];
  readonly #form: Parameter[] | null;
  readonly #json: JsonDraft | null;
  readonly #body: Uint8Array | null;
  readonly #basic: { username: string; password: string } | null;
  #queryTouched = false;
  #formTouched = false;

  constructor(url: StrictUrl, headers: HeaderList, body: Uint8Array | null) {
    this.#url = url;
    this.#given = headers;
    this.#headers = [...headers];
    this.#segments = url.path.slice(1).split("/");
    this.#query = splitParameters(url.query ?? "");
    this.#body = body;
    const kind = body === null || body.length > limits.fillBodyBytes ? null : bodyKind(headers);
    const text = kind === null || body === null ? null : fromUtf8(body);
    this.#form = kind === "form" && text !== null ? splitParameters(text) : null;
    this.#json = kind === "json" && text !== null ? JsonDraft.read(text) : null;
    const authorization = soleHeader(headers, "authorization");
    const pair = typeof authorization === "string" ? parseBasic(authorization) : null;
    const [username, password] = pair ?? ["", ""];
    this.#basic = pair !== null || authorization === undefined ? { username, password } : null;
  }

  /** The spot a place names, or null where this request has none: an absent segment, an undeclared body type, a name that stands twice. */
  slot(place: Pick<Place, "in" | "name">): Slot | null {
    if (place.in === "header") return this.#headerSlot(place.name);
    if (place.in === "query") return this.#parameterSlot(this.#query, "query", place.name);
    if (place.in === "form") return this.#form === null ? null : this.#parameterSlot(this.#form, "form", place.name);
    if (place.in === "segment") return this.#segmentSlot(Number(place.name) - 1);
    if (place.in === "basic") return this.#basicSlot(place.name === "username" ? "username" : "password");
    return this.#json?.slot(place.name) ?? null;
  }

  #setHeader(name: string, value: string): void {
    const at = this.#headers.findIndex(([header]) => header.toLowerCase() === name.toLowerCase());
    if (at < 0) this.#headers.push([name, value]);
    else this.#headers[at] = [this.#headers[at]?.[0] ?? name, value];
  }

  #headerSlot(name: string): Slot | null {
    const current = soleHeader(this.#given, name);
    if (current === null) return null;
    return {
      key: `header ${name.toLowerCase()}`,
      current: current ?? null,
      put: (value) => {
        if (!fieldValue.test(value)) return false;
        this.#setHeader(name, value);
        return true;
      },
    };
  }

  #parameterSlot(parameters: Parameter[], kind: "query" | "form", name: string): Slot | null {
    const found = parameters.filter((parameter) => parameter.name === name);
    const [first] = found;
    if (found.length > 1 || first?.value === null) return null;
    return {
      key: `${kind} ${name}`,
      current: first?.value ?? null,
      put: (value) => {
        if (!isWellFormed(value)) return false;
        const at = first === undefined ? parameters.length : parameters.indexOf(first);
        parameters[at] = toParameter(name, value);
        if (kind === "query") this.#queryTouched = true;
        else this.#formTouched = true;
        return true;
      },
    };
  }

  #segmentSlot(index: number): Slot | null {
    const current = percentDecode(this.#url.path.slice(1).split("/")[index] ?? "%");
    if (current === null || current === "") return null;
    return {
      key: `segment ${index}`,
      current,
      put: (value) => {
        if (
          !isWellFormed(value) ||
          value === "" ||
          /[/\\]/.test(value) ||
          !withoutControl.test(value) ||
          hasDotSegment(percentEncode(value))
        ) {
          return false;
        }
        this.#segments[index] = percentEncode(value);
        return true;
      },
    };
  }

  #basicSlot(half: "username" | "password"): Slot | null {
    const basic = this.#basic;
    if (basic === null) return null;
    const given = soleHeader(this.#given, "authorization");
    const pair = typeof given === "string" ? parseBasic(given) : null;
    return {
      key: `basic ${half}`,
      current: pair === null ? null : pair[half === "username" ? 0 : 1],
      put: (value) => {
        if (!isWellFormed(value) || !withoutControl.test(value) || (half === "username" && value.includes(":")))
          return false;
        basic[half] = value;
        this.#setHeader("authorization", `Basic ${encodeBase64(toUtf8(`${basic.username}:${basic.password}`))}`);
        return true;
      },
    };
  }

  /** The request rebuilt from its parts. `Content-Length` is left to the transport where the body changed. */
  build(): { readonly url: StrictUrl; readonly headers: HeaderList; readonly body: Uint8Array | null } {
    const { host, port } = this.#url;
    const path = `/${this.#segments.join("/")}`;
    const query = this.#queryTouched ? joinParameters(this.#query) : this.#url.query;
    const parts = { host, port, path, query };
    const text =
      this.#formTouched && this.#form !== null ? joinParameters(this.#form) : (this.#json?.changed() ?? null);
    return {
      url: { ...parts, text: formatUrl(parts) },
      headers:
        text === null ? this.#headers : this.#headers.filter(([name]) => name.toLowerCase() !== "content-length"),
      body: text === null ? this.#body : toUtf8(text),
    };
  }
}
