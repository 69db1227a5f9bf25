import { longestDecoy, shortestDecoy } from "./watched-decoys.ts";

const digits = "0123456789";
const lower = "abcdefghijklmnopqrstuvwxyz";
const upper = lower.toUpperCase();

/** What a field of a template is drawn from. */
const charsets: Readonly<Record<string, string>> = {
  alnum: digits + lower + upper,
  lower: lower + digits,
  upper: upper + digits,
  hex: `${digits}abcdef`,
  digits,
  base32: `${upper}234567`,
  base64url: `${digits + lower + upper}-_`,
};
const field = /\{([a-z0-9]+)\*([1-9]\d{0,2})\}/g;

export const defaultTemplate = "{alnum*40}";
/** Nobody guesses a decoy, and nobody comes upon one by chance. */
const fewestBits = 80;

/**
 * A value of a template's form: text that stays, and fields such as `{alnum*24}` that are drawn (`sk_live_{alnum*24}`). Null for a template that is
 * none, gives no 16 to 512 printable characters, or draws less than 80 bits.
 */
export function makeDecoy(template: string, random: (length: number) => Uint8Array): string | null {
  const fields = [...template.matchAll(field)];
  const fixed = template.replace(field, "");
  if (!/^[!-~]*$/.test(fixed) || /[{}]/.test(fixed)) return null;
  let [bits, drawn] = [0, 0];
  for (const [, name = "", length = ""] of fields) {
    const charset = Object.hasOwn(charsets, name) ? charsets[name] : undefined;
    if (charset === undefined) return null;
    drawn += Number(length);
    bits += Number(length) * Math.log2(charset.length);
  }
  const length = fixed.length + drawn;
  if (bits < fewestBits || length < shortestDecoy || length > longestDecoy) return null;
  return template.replace(field, (_, name: string, count: string) => draw(charsets[name] ?? "", Number(count), random));
}

/** Each character as likely as any other: a byte that would favour some is drawn again. */
function draw(charset: string, count: number, random: (length: number) => Uint8Array): string {
  const fair = 256 - (256 % charset.length);
  let text = "";
  while (text.length < count) {
    for (const byte of random(count))
      if (byte < fair && text.length < count) text += charset.charAt(byte % charset.length);
  }
  return text;
}
