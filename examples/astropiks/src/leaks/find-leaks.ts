/** A place where a value was found, and in which form. */
export interface Leak {
  /** What was searched: the name given to `findLeaks`. */
  readonly what: string;
  readonly form: string;
}

/** base64 text of a value that stands anywhere in a longer one: at each alignment, the characters that are the value's alone. */
function base64Cores(bytes: Buffer): string[] {
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    return text.slice(Math.ceil((before * 4) / 3), Math.floor(((before + bytes.length) * 4) / 3));
  });
}

/** Every form in which a value may leave: raw, hexadecimal, percent, base64 and base64url at any alignment, UTF-16 both ways. */
export function leakForms(value: string): readonly (readonly [string, Buffer])[] {
  const bytes = Buffer.from(value, "utf8");
  const hex = bytes.toString("hex");
  const percent = hex.replace(/../g, "%$&");
  const utf16 = Buffer.from(value, "utf16le");
  const base64 = base64Cores(bytes);
  const text = (name: string, form: string): readonly [string, Buffer] => [name, Buffer.from(form)];
  return [
    ["raw", bytes],
    text("hex", hex),
    text("hex in upper case", hex.toUpperCase()),
    text("percent", percent),
    text("percent in upper case", percent.toUpperCase()),
    text("percent where needed", encodeURIComponent(value)),
    ...base64.map((form, at) => text(`base64 at ${at}`, form)),
    ...base64.map((form, at) => text(`base64url at ${at}`, form.replaceAll("+", "-").replaceAll("/", "_"))),
    ["UTF-16 little endian", utf16],
    ["UTF-16 big endian", Buffer.from(utf16).swap16()],
  ];
}

/** Searches what an attacker could see, as one text, for each value in each form. */
export function findLeaks(seen: readonly Uint8Array[], values: Readonly<Record<string, string>>): readonly Leak[] {
  const haystack = Buffer.concat(seen);
  const leaks: Leak[] = [];
  for (const [what, value] of Object.entries(values)) {
    if (value.length < 6) throw new TypeError("a value shorter than 6 characters is found by chance");
    for (const [form, bytes] of leakForms(value)) if (haystack.includes(bytes)) leaks.push({ what, form });
  }
  return leaks;
}
