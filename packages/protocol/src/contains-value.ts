import { base64Alphabet, base64urlAlphabet, encodeBase64 } from "./base64.ts";
import { concatBytes } from "./bytes.ts";
import { percentEncode, unescapePercent } from "./percent.ts";
import { toUtf8 } from "./utf8.ts";

/** Base64 of the value inside a longer text: at each of the three alignments, without the characters its neighbours share. */
function base64Forms(bytes: Uint8Array): string[] {
  const forms: string[] = [];
  for (const alphabet of [base64Alphabet, base64urlAlphabet]) {
    for (let shift = 0; shift < 3; shift += 1) {
      const whole = encodeBase64(concatBytes(new Uint8Array(shift), bytes), alphabet).replaceAll("=", "");
      const start = Math.ceil((shift * 8) / 6);
      const end = Math.floor(((shift + bytes.length) * 8) / 6);
      if (end - start >= 4) forms.push(whole.slice(start, end));
    }
  }
  return forms;
}

/** The texts a secret value shows itself as: raw, percent-encoded, base64 in both alphabets, and escaped in JSON. */
export function valueForms(value: string): readonly string[] {
  const json = JSON.stringify(value).slice(1, -1);
  return [...new Set([value, percentEncode(value), json, ...base64Forms(toUtf8(value))])].filter((form) => form !== "");
}

function unescapeJson(text: string): string {
  return text
    .replaceAll(/\\u([0-9a-fA-F]{4})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
    .replaceAll(/\\(["\\/])/g, "$1");
}

const maxLayers = 8;
const maxViews = 48;

/**
 * True where a text, such as a `Location`, contains a secret value: as it is, percent-encoded once or more, base64-encoded or escaped
 * in JSON, or one of these inside another. A text of more layers than eight is taken for one that does. The empty value is contained in
 * nothing.
 */
export function containsValue(text: string, value: string): boolean {
  if (value === "") return false;
  const forms = valueForms(value);
  let views = new Set([text]);
  for (let layer = 0; layer <= maxLayers; layer += 1) {
    const seen = new Set([...views].flatMap((view) => [view, view.replaceAll("+", " "), unescapeJson(view)]));
    if ([...seen].some((view) => forms.some((form) => view.includes(form)))) return true;
    const next = new Set([...seen].slice(0, maxViews).map(unescapePercent));
    if ([...next].every((view) => views.has(view))) return false;
    views = next;
  }
  return true;
}
