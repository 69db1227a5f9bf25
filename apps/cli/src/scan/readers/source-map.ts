/** The sources that a source map carries (ECMA-426, `sourcesContent`), by the names it gives them; null where it is no such JSON, or carries none. */
export function readSourceMap(text: string): readonly { readonly name: string; readonly text: string }[] | null {
  let map: unknown;
  try {
    map = JSON.parse(text.replace(/^\)\]\}'[^\n]*\n/, ""));
  } catch {
    return null;
  }
  if (typeof map !== "object" || map === null || !("sourcesContent" in map) || !Array.isArray(map.sourcesContent))
    return null;
  const names = "sources" in map && Array.isArray(map.sources) ? map.sources : [];
  const contents: readonly unknown[] = map.sourcesContent;
  return contents.flatMap((content, index) =>
    typeof content === "string" ? [{ name: String(names[index] ?? index).slice(0, 512), text: content }] : [],
  );
}
