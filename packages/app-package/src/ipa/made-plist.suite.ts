/** What a property list is written from. */
export type MadeValue =
  | string
  | number
  | boolean
  | Date
  | Uint8Array
  | readonly MadeValue[]
  | { readonly [key: string]: MadeValue };

/** An XML property list. */
export function writeXmlPlist(value: MadeValue): Uint8Array {
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
${write(value)}
</plist>
`,
  );
}

function write(value: MadeValue): string {
  if (typeof value === "string") return `<string>${escapeText(value)}</string>`;
  if (typeof value === "number") return `<integer>${value}</integer>`;
  if (typeof value === "boolean") return value ? "<true/>" : "<false/>";
  if (value instanceof Date) return `<date>${value.toISOString().replace(/\.\d+Z/, "Z")}</date>`;
  if (value instanceof Uint8Array) return `<data>\n${Buffer.from(value).toString("base64")}\n</data>`;
  if (Array.isArray(value)) return `<array>\n${value.map(write).join("\n")}\n</array>`;
  const members = Object.entries(value).map(([key, item]) => `<key>${escapeText(key)}</key>\n${write(item)}`);
  return `<dict>\n${members.join("\n")}\n</dict>`;
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
