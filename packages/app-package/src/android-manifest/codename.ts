/** By a codename's first letter: one less than the API level of its release, for what came in with that release was not there at first. */
const levels: Readonly<Record<string, number>> = {
  C: 2,
  D: 3,
  E: 4,
  F: 7,
  G: 8,
  H: 10,
  I: 13,
  J: 15,
  K: 18,
  L: 20,
  M: 22,
  N: 23,
  O: 25,
};

/**
 * The API level of a platform that has no number yet ("Q", "Tiramisu"), as apksig has it (`ApkUtils.getMinSdkVersionForCodename`): by the
 * first letter alone, one level for each letter after O, 1 before C. Null for what does not begin with A to Z.
 */
export function codenameLevel(codename: string): number | null {
  const letter = codename[0] ?? "";
  if (letter < "A" || letter > "Z" || letter === "") return null;
  if (letter < "C") return 1;
  return levels[letter] ?? 25 + letter.charCodeAt(0) - "O".charCodeAt(0);
}
