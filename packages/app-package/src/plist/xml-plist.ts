import { type PlistValue, plistLimits } from "./plist-value.ts";

const fatalUtf8 = new TextDecoder("utf-8", { fatal: true });
const doctype = /^<!DOCTYPE\s+plist(?:\s+PUBLIC\s+"[^"]*"\s+"[^"]*"|\s+SYSTEM\s+"[^"]*")?\s*>/;
// Core Foundation obeys another encoding, and would read other texts.
const declaration =
  /^<\?xml\s+version=["']1\.0["'](?:\s+encoding=["'][uU][tT][fF]-8["'])?(?:\s+standalone=["'](?:yes|no)["'])?\s*\?>/;
const namedEntities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;
const integerText = /^[+-]?(?:0[xX][0-9a-fA-F]{1,16}|[0-9]{1,20})$/;
const realText = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$|^[+-]?(?:nan|inf(?:inity)?)$/i;
const dateText = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/**
 * Reads an XML property list as Apple's tools write it (PropertyList-1.0.dtd): UTF-8, the ten elements, no attributes but the version, the five
 * named entities and numeric ones, comments, no CDATA, no internal DTD. A key that stands twice has no single value and is refused. Null where
 * the bytes are anything else. Work is linear; depth and values are bounded.
 */
export function parseXmlPlist(bytes: Uint8Array): PlistValue | null {
  let text: string;
  try {
    text = fatalUtf8.decode(bytes);
  } catch {
    return null;
  }
  try {
    return new Reader(text).document();
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

class Malformed extends Error {}

interface Tag {
  readonly name: string;
  readonly kind: "open" | "close" | "empty";
}

class Reader {
  private readonly text: string;
  private at = 0;
  private budget: number = plistLimits.values;

  constructor(text: string) {
    this.text = text;
  }

  document(): PlistValue {
    this.space();
    this.skip(declaration);
    this.space();
    this.skip(doctype);
    const root = this.tag();
    if (root.name !== "plist" || root.kind !== "open") throw new Malformed();
    const value = this.value(this.tag(), 0);
    this.expectClose("plist");
    this.space();
    if (this.at !== this.text.length) throw new Malformed();
    return value;
  }

  private value({ name, kind }: Tag, depth: number): PlistValue {
    this.budget -= 1;
    if (this.budget < 0 || depth > plistLimits.depth || kind === "close") throw new Malformed();
    switch (name) {
      case "true":
      case "false":
        if (kind === "open") this.expectClose(name);
        return name === "true";
      case "string":
        return this.content(name, kind);
      case "data":
        return toData(this.content(name, kind));
      case "integer":
        return toInteger(this.content(name, kind).trim());
      case "real":
        return toReal(this.content(name, kind).trim());
      case "date":
        return toDate(this.content(name, kind).trim());
      case "array":
        return kind === "empty" ? [] : this.array(depth);
      case "dict":
        return kind === "empty" ? new Map() : this.dictionary(depth);
      default:
        throw new Malformed();
    }
  }

  private array(depth: number): readonly PlistValue[] {
    const items: PlistValue[] = [];
    for (let tag = this.tag(); !isClose(tag, "array"); tag = this.tag()) items.push(this.value(tag, depth + 1));
    return items;
  }

  private dictionary(depth: number): PlistValue {
    const dictionary = new Map<string, PlistValue>();
    for (let tag = this.tag(); !isClose(tag, "dict"); tag = this.tag()) {
      if (tag.name !== "key" || tag.kind === "close") throw new Malformed();
      const key = this.content("key", tag.kind);
      if (dictionary.has(key)) throw new Malformed();
      dictionary.set(key, this.value(this.tag(), depth + 1));
    }
    return dictionary;
  }

  /** The text up to the end of the element. */
  private content(name: string, kind: Tag["kind"]): string {
    if (kind === "empty") return "";
    const end = this.text.indexOf("<", this.at);
    if (end < 0) throw new Malformed();
    const raw = this.text.slice(this.at, end);
    this.at = end;
    this.expectClose(name, false);
    return decodeEntities(raw);
  }

  private expectClose(name: string, mayPad = true): void {
    if (!isClose(this.tag(mayPad), name)) throw new Malformed();
  }

  /** The next tag; between tags stand white space and comments alone. */
  private tag(mayPad = true): Tag {
    if (mayPad) this.space();
    const end = this.text.indexOf(">", this.at);
    if (this.text[this.at] !== "<" || end < 0 || end - this.at > 64) throw new Malformed();
    const body = this.text.slice(this.at + 1, end);
    this.at = end + 1;
    const [, slash = "", name = "", version = "", closing = ""] =
      /^(\/?)([a-z]+)(\s+version="1\.0")?\s*(\/?)$/.exec(body) ?? [];
    if (name === "" || (slash !== "" && closing !== "") || (version !== "" && (name !== "plist" || slash !== ""))) {
      throw new Malformed();
    }
    return { name, kind: slash !== "" ? "close" : closing !== "" ? "empty" : "open" };
  }

  private space(): void {
    for (;;) {
      while (isSpace(this.text.charCodeAt(this.at))) this.at += 1;
      if (!this.text.startsWith("<!--", this.at)) return;
      const end = this.text.indexOf("-->", this.at + 4);
      if (end < 0) throw new Malformed();
      this.at = end + 3;
    }
  }

  private skip(pattern: RegExp): void {
    const found = pattern.exec(this.text.slice(this.at, this.at + 512));
    if (found !== null) this.at += found[0].length;
  }
}

function isClose({ name, kind }: Tag, wanted: string): boolean {
  return kind === "close" && name === wanted;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

function decodeEntities(raw: string): string {
  if (!raw.includes("&")) return raw;
  return raw.replaceAll(/&([^;&]{0,10});?/g, (whole, entity: string) => {
    if (!whole.endsWith(";")) throw new Malformed();
    const named = Object.hasOwn(namedEntities, entity) ? namedEntities[entity] : undefined;
    if (named !== undefined) return named;
    const [, hex, decimal] = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(entity) ?? [];
    const code = hex !== undefined ? Number.parseInt(hex, 16) : Number.parseInt(decimal ?? "", 10);
    if (!(code > 0 && code <= 0x10ffff) || (code >= 0xd800 && code <= 0xdfff)) throw new Malformed();
    return String.fromCodePoint(code);
  });
}

function toData(text: string): Uint8Array {
  const plain = text.replaceAll(/[ \t\r\n]/g, "");
  if (plain.length % 4 !== 0 || !base64.test(plain)) throw new Malformed();
  return new Uint8Array(Buffer.from(plain, "base64"));
}

function toInteger(text: string): number | bigint {
  if (!integerText.test(text)) throw new Malformed();
  const negative = text.startsWith("-");
  const magnitude = BigInt(text.replace(/^[+-]/, ""));
  const value = negative ? -magnitude : magnitude;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function toReal(text: string): number {
  if (!realText.test(text)) throw new Malformed();
  if (/nan/i.test(text)) return Number.NaN;
  if (/inf/i.test(text)) return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(text);
}

function toDate(text: string): Date {
  const date = new Date(dateText.test(text) ? text : Number.NaN);
  if (Number.isNaN(date.getTime())) throw new Malformed();
  return date;
}
