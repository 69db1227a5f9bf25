/** Parts of a list at its commas, brackets of every kind left whole. */
export function splitList(text: string): readonly string[] {
  const parts = [""];
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if ("(<{[".includes(character)) depth += 1;
    if (")>}]".includes(character) && !(character === ">" && /[-=]/.test(text.charAt(index - 1)))) depth -= 1;
    if (character === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}
