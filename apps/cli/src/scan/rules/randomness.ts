/** Shannon's entropy of a text's characters, bits per character. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const exampleWords =
  /example|sample|dummy|placeholder|change.?me|replace|your|insert|todo|fixme|fake|mock|redacted|x{4}|\*{3}|\.{3}|0{8}|abcdef|fedcba|12345678|qwerty|lorem|<[^>]*>|\$\{|\{\{|%[sd@]|\[[A-Z_]+\]/i;

/** True for what people write where a key would stand: `YOUR_API_KEY`, `xxxx`, `${KEY}`, `<key>`. */
export function isStandIn(value: string): boolean {
  return exampleWords.test(value) || new Set(value).size < 5;
}

const isWord = (part: string): boolean =>
  /^\d{0,4}$/.test(part) ||
  (/^(?:[A-Z]?[a-z]+|[A-Z]+)\d{0,2}$/.test(part) && part.length <= 20 && /[aeiouy]/i.test(part)) ||
  (/^[A-Za-z]{1,5}\d{0,2}$/.test(part) && (part === part.toLowerCase() || part === part.toUpperCase()));

/** The words of an identifier or a wordy value: at separators, and where lower case turns to upper. */
export function wordsOf(text: string): readonly string[] {
  return text
    .replaceAll(/([a-z])([A-Z])|([A-Z])([A-Z][a-z])/g, "$1$3 $2$4")
    .split(/[^A-Za-z0-9]+/)
    .filter((part) => part !== "");
}

/** True for a text made of words and small numbers, as identifiers, paths and messages are. */
export function isWordy(value: string): boolean {
  const words = wordsOf(value);
  const long = words.filter((word) => word.length > 2).length;
  return words.length > 0 && words.every(isWord) && long * 3 >= words.length;
}

const changes = (text: string): number => {
  let count = 0;
  let last = "";
  for (const character of text) {
    const kind = /\d/.test(character) ? "d" : /[a-z]/.test(character) ? "l" : /[A-Z]/.test(character) ? "u" : "s";
    if (kind !== last) count += 1;
    last = kind;
  }
  return count;
};

/** True for what looks drawn at random: hexadecimal, a UUID, base64 or base62 of a length that keys have. Words, paths, alphabets and sentences do not. */
export function isRandomLooking(value: string): boolean {
  if (value.length < 16 || value.length > 512 || /[^\w+/=.~:-]/.test(value)) return false;
  if (isStandIn(value)) return false;
  if (uuid.test(value)) return true;
  if (/^(?:[0-9a-f]+|[0-9A-F]+)$/.test(value)) {
    return value.length >= 24 && /\d/.test(value) && /[a-f]/i.test(value) && entropyOf(value) > 2.8;
  }
  if (isWordy(value) || isMostlyWords(value) || isAscending(value)) return false;
  const classes = [/\d/, /[a-z]/, /[A-Z]/].filter((pattern) => pattern.test(value)).length;
  if (classes < 2 || !/\d/.test(value)) return false;
  const needed = Math.min(4.1, Math.log2(value.length) * 0.8);
  return entropyOf(value) >= needed && changes(value) >= value.length / 6;
}

/** True where more than half of the characters are in words: `css-1q2w3e-container-flex`. */
function isMostlyWords(value: string): boolean {
  const words = wordsOf(value).filter((word) => /^[A-Z]?[a-z]{3,}$/.test(word) && /[aeiouy]/.test(word));
  return words.join("").length * 2 > value.length;
}

/** True where the characters mostly climb by one: alphabets and tables. */
function isAscending(value: string): boolean {
  let steps = 0;
  for (let index = 1; index < value.length; index += 1)
    if (value.charCodeAt(index) - value.charCodeAt(index - 1) === 1) steps += 1;
  return steps * 3 > value.length;
}

/** True for a value that cannot be found by trying: at least 80 bits by length and alphabet, and no words. */
export function isUnguessable(value: string): boolean {
  return isRandomLooking(value) && value.length * entropyOf(value) >= 72;
}
