const part = "(?:[A-Za-z][A-Za-z0-9_]*)?";
const name = new RegExp(`^${part}(?:\\.${part})*$`);

/**
 * Whether Android takes this for the name of a package (`FrameworkParsingPackageUtils.validateName`, with separator and as part of a file
 * name): parts of letters, digits and `_` that begin with a letter or are empty, at least one dot, 223 characters at most; or `android`.
 */
export function isPackageName(text: string): boolean {
  const fit = name.test(text) && text.includes(".") && text.length <= 223 && text !== "." && text !== "..";
  return fit || text === "android";
}

/** Whether Android takes this for the name of a split: as a package, but without a dot too. */
export function isSplitName(text: string): boolean {
  return name.test(text);
}
