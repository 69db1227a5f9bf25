const LONGEST_NAME = 512;
const MOST_NAMES = 200_000;
const LONGEST_KEY = 64;

/** What a source map carries, as it is found. */
export interface SourceMapSink {
  /** A source begins, under the name that the map gives it, or its number. */
  onSource(name: string): void;
  /** More of its text. */
  onText(text: string): void;
  onSourceEnd(): void;
}

/**
 * Reads the sources that a source map carries (ECMA-426, `sourcesContent`, in sections too) out of its JSON as it comes, holding no more than a name and a part. Only
 * strings and brackets are looked at: what is no source map gives nothing.
 */
export function createSourceMapReader(sink: SourceMapSink) {
  let names: string[] = [];
  /** The array that is read, its depth being one below its bracket's; `index` is that of the value to come. */
  let array: { readonly key: string; index: number; isPlain: boolean } | null = null;
  let lastText = "";
  let key: string | null = null;
  /** Inside a string: what is gathered of it, or a source whose text goes to the sink. */
  let string: { text: string; readonly isSource: boolean } | null = null;
  let nested = 0;
  let pending = "";
  let isBroken = false;
  let sources = 0;

  const beginString = (): void => {
    const isSource = array?.key === "sourcesContent" && array.isPlain && nested === 0;
    string = { text: "", isSource };
    if (!isSource) return;
    sources += 1;
    sink.onSource(names[array?.index ?? 0] ?? String(array?.index ?? 0));
  };
  const addToString = (raw: string): void => {
    if (string === null || raw === "") return;
    if (string.isSource) sink.onText(toPlain(raw));
    else if (string.text.length < LONGEST_NAME) string.text += raw.slice(0, LONGEST_NAME);
  };
  const endString = (): void => {
    if (string?.isSource === true) sink.onSourceEnd();
    else if (string !== null) {
      const text = toPlainName(string.text);
      if (array?.key === "sources" && nested === 0 && names.length < MOST_NAMES) names[array.index] = text;
      lastText = text.length <= LONGEST_KEY ? text : "";
    }
    string = null;
  };
  const punctuate = (character: string): void => {
    if (character === ":") key = lastText;
    else if (character === "[" && array === null && (key === "sources" || key === "sourcesContent")) {
      array = { key, index: 0, isPlain: true };
      if (key === "sources") names = [];
    } else if (array !== null && (character === "[" || character === "{")) nested += 1;
    else if (array !== null && (character === "]" || character === "}")) {
      if (nested === 0) array = null;
      else nested -= 1;
    } else if (character === "," && array !== null && nested === 0) array.index += 1;
    if (character !== ":") key = null;
  };
  const toPlain = (raw: string): string => {
    if (!raw.includes("\\")) return raw;
    try {
      return String(JSON.parse(`"${raw.replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t")}"`));
    } catch {
      isBroken = true;
      return raw;
    }
  };
  const toPlainName = (raw: string): string => {
    // A name that is cut ends before an escape that the cut would go through.
    const cut =
      raw.length <= LONGEST_NAME
        ? raw
        : raw.slice(0, LONGEST_NAME).replace(/(?<!\\)((?:\\\\){0,256})\\(?:u[0-9A-Fa-f]{0,3})?$/, "$1");
    return cut.includes("\\") ? toPlain(cut) : cut;
  };

  return {
    push(part: string): void {
      const text = pending + part;
      pending = "";
      for (let at = 0; at < text.length; ) {
        if (string === null) {
          outside.lastIndex = at;
          const found = outside.exec(text);
          if (found === null) return;
          at = found.index + 1;
          if (found[0] === '"') beginString();
          else punctuate(found[0]);
          continue;
        }
        const { end, isClosed, rest } = endOfString(text, at);
        addToString(text.slice(at, end));
        if (isClosed) endString();
        else pending = rest;
        at = isClosed ? end + 1 : text.length;
      }
    },
    /** How many sources there were, and whether the map was whole, as far as was looked. */
    end: (): { readonly sources: number; readonly isWhole: boolean } => {
      if (string?.isSource === true) sink.onSourceEnd();
      return { sources, isWhole: !isBroken && string === null && array === null };
    },
  };
}

const outside = /["[\]{}:,]/g;
const special = /["\\]/g;

/** Where a string ends in a part of a text, or the part does; `rest`: the beginning of an escape that goes on in the next. */
function endOfString(text: string, from: number): { end: number; isClosed: boolean; rest: string } {
  for (let at = from; ; ) {
    special.lastIndex = at;
    const found = special.exec(text);
    if (found === null) return { end: text.length, isClosed: false, rest: "" };
    if (found[0] === '"') return { end: found.index, isClosed: true, rest: "" };
    const length = text[found.index + 1] === "u" ? 6 : 2;
    if (found.index + length > text.length) return { end: found.index, isClosed: false, rest: text.slice(found.index) };
    at = found.index + length;
  }
}
