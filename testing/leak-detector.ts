const shortestBytes = 6;

/**
 * The forms in which a value may leave by accident: raw UTF-8, base64 and base64url at all three alignments (only the characters that
 * depend on the value alone), hex, percent-encoding, UTF-16 and JSON escapes.
 *
 * @param value at least 6 bytes: shorter ones are found by chance.
 * @returns the bytes to search for, by the name of the form.
 */
export function secretForms(value: string | Uint8Array): Map<string, Uint8Array> {
  const bytes = Buffer.from(value);
  if (bytes.length < shortestBytes) throw new TypeError(`A value to search for needs at least ${shortestBytes} bytes.`);
  const text = typeof value === "string" ? value : bytes.toString("utf8");
  const hex = bytes.toString("hex");
  const percent = hex.replace(/../g, "%$&");
  const forms = new Map<string, Uint8Array>([
    ["raw", bytes],
    ["hex", Buffer.from(hex)],
    ["hex-upper", Buffer.from(hex.toUpperCase())],
    ["percent", Buffer.from(percent)],
    ["percent-upper", Buffer.from(percent.toUpperCase())],
  ]);
  for (const alignment of [0, 1, 2]) {
    const base64 = base64Core(bytes, alignment);
    forms.set(`base64-${alignment}`, Buffer.from(base64));
    forms.set(`base64url-${alignment}`, Buffer.from(base64.replaceAll("+", "-").replaceAll("/", "_")));
  }
  if (Buffer.from(text, "utf8").equals(bytes)) {
    const littleEndian = Buffer.from(text, "utf16le");
    forms.set("utf-16le", littleEndian);
    forms.set("utf-16be", Buffer.from(littleEndian).swap16());
    forms.set("json", Buffer.from(JSON.stringify(text).slice(1, -1)));
    forms.set("json-unicode", Buffer.from(jsonUnicode(text)));
    if (text.isWellFormed()) forms.set("uri-component", Buffer.from(encodeURIComponent(text)));
  }
  return forms;
}

/** The names of the forms in which `value` occurs in `haystack`; empty where it occurs in none. */
export function findLeaks(haystack: Uint8Array, value: string | Uint8Array): string[] {
  const view = Buffer.from(haystack.buffer, haystack.byteOffset, haystack.byteLength);
  return [...secretForms(value)].filter(([, form]) => view.includes(form)).map(([name]) => name);
}

/** The base64 of `bytes` as it stands after `alignment` foreign bytes, without the characters that mix with its neighbours. */
function base64Core(bytes: Buffer, alignment: number): string {
  const encoded = Buffer.concat([Buffer.alloc(alignment), bytes]).toString("base64");
  return encoded.slice(Math.ceil((alignment * 8) / 6), Math.floor(((alignment + bytes.length) * 8) / 6));
}

function jsonUnicode(text: string): string {
  return [...Array(text.length).keys()].map((i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, "0")}`).join("");
}
