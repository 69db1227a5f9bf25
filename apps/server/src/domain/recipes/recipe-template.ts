import { percentEncode } from "@countersign/protocol";

/** Where a template's text will stand, and so how a field in it is written. */
export type TemplatePosition = "url" | "header" | "json" | "form";

/** What the fields of a template stand for. */
export interface TemplateValues {
  readonly secret: string;
  readonly instance: string;
}

const fields: Readonly<Record<string, (values: TemplateValues) => string>> = {
  secret: ({ secret }) => secret,
  secret_base64: ({ secret }) => Buffer.from(secret, "utf8").toString("base64"),
  instance: ({ instance }) => instance,
};

const encode: Readonly<Record<TemplatePosition, (text: string) => string>> = {
  url: percentEncode,
  header: (text) => text,
  json: (text) => JSON.stringify(text).slice(1, -1),
  form: percentEncode,
};

/**
 * Fills `{secret}`, `{secret_base64}` and `{instance}`, each written for its position. Another name in braces is no template (null); in a JSON body a brace that holds
 * no such name stands for itself.
 */
export function fillTemplate(text: string, position: TemplatePosition, values: TemplateValues): string | null {
  let isWhole = true;
  const filled = text.replaceAll(/\{(\w*)\}|[{}]/g, (piece, name: string | undefined) => {
    const field = name === undefined || !Object.hasOwn(fields, name) ? undefined : fields[name];
    if (field !== undefined) return encode[position](field(values));
    // `{}` and the braces of objects are JSON's own.
    if (position !== "json" || (name ?? "") !== "") isWhole = false;
    return piece;
  });
  return isWhole ? filled : null;
}
