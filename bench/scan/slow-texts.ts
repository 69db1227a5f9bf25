/** Beginnings of what rules look for, again and again, that cost most of all that were tried. */
const seeds: readonly string[] = [
  "key",
  "key        ",
  "&key=aaaaaaaa",
  `key="aaaaaaaaa`,
  `"aB3dE5gH7jK9mN1pQ3rS5tU7vW"`,
  "aws key key key key ",
  "awsAKIAkey='\"",
  "\nkey=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ",
  "?sv=2020-01-01&sig=",
  `-----BEGIN PRIVATE KEY-----${"a-".repeat(8000)}`,
  " MAAAAAAAAAAAAAAAAAAAAAAAA.AAAAAA.",
  `"a" +\n`,
];

/** Each of them, so many characters long. */
export function slowTexts(length: number): readonly string[] {
  return seeds.map((seed) => seed.repeat(Math.ceil(length / seed.length)).slice(0, length));
}
