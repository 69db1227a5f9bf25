import type { Passage } from "../finding.ts";

/** What stands between two literals that the compiler makes one: `" + "`, `" . "`, neighbours on two lines, or a line that a backslash ends. */
const gap = String.raw`[ \t]{0,40}(?:\/\/[^\n"'\x60]{0,80})?(?:\r?\n[ \t]{0,80})?`;
const joint = new RegExp(
  String.raw`(["'\x60])${gap}[+.]${gap}@?\1|(["'])[ \t]{0,40}\r?\n[ \t]{0,80}@?\2|\\\r?\n[ \t]{0,80}`,
  "g",
);
/** Characters around a joint that are looked at again: a name, and a literal. */
const AROUND = 640;
/**
 * The places of a text where literals are joined, as one text, so that a key written over several lines is whole. Null where there are none. Positions are those of the
 * text it is made of.
 */
export function toJoinedPassage({ text, positionOf }: Passage): Passage | null {
  const parts: { readonly from: number; readonly at: number }[] = [];
  const taken: string[] = [];
  let length = 0;
  const take = (from: number, to: number, end: "" | "\n" = ""): void => {
    const part = `${text.slice(from, to)}${end}`;
    parts.push({ from, at: length });
    taken.push(part);
    length += part.length;
  };
  let last = -1;
  for (const { 0: match, index } of text.matchAll(joint)) {
    // What is far from any joint was looked at as it lies.
    const isApart = last < 0 || index - last > 2 * AROUND;
    if (isApart && last >= 0) take(last, endOfWord(text, last), "\n");
    take(isApart ? startOfWord(text, Math.max(last, 0), index) : last, index);
    last = index + match.length;
  }
  if (last < 0) return null;
  take(last, endOfWord(text, last));
  return {
    text: taken.join(""),
    form: "raw",
    positionOf: (index) => {
      let [low, high] = [0, parts.length - 1];
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((parts[middle]?.at ?? 0) <= index) low = middle;
        else high = middle - 1;
      }
      const { from, at } = parts[low] ?? { from: 0, at: 0 };
      return positionOf(from + index - at);
    },
  };
}

/** Where a look back from a joint begins, and one forward ends: at no value's middle. */
function startOfWord(text: string, least: number, index: number): number {
  const from = Math.max(least, index - AROUND);
  const found = from === 0 ? 0 : text.slice(from, index).search(/["'`\s]/);
  return found < 0 ? index : from + found;
}

function endOfWord(text: string, from: number): number {
  const after = text.slice(from, from + AROUND);
  return from + after.length < text.length ? from + after.search(/[^"'`\s]*$/) : text.length;
}
