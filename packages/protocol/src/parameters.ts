import { formDecode, percentEncode } from "./percent.ts";

/** One `name=value` of a query or form, with the text it was written as. Decoded halves are null where they cannot be decoded. */
export interface Parameter {
  readonly text: string;
  readonly name: string | null;
  readonly value: string | null;
}

/** Splits `a=1&b=2`. An empty text has no parameters. */
export function splitParameters(text: string): Parameter[] {
  if (text === "") return [];
  return text.split("&").map((part) => {
    const at = part.indexOf("=");
    const name = at < 0 ? part : part.slice(0, at);
    return { text: part, name: formDecode(name), value: formDecode(at < 0 ? "" : part.slice(at + 1)) };
  });
}

/** Writes a parameter anew, everything percent-encoded. */
export function toParameter(name: string, value: string): Parameter {
  return { text: `${percentEncode(name)}=${percentEncode(value)}`, name, value };
}

export function joinParameters(parameters: readonly Parameter[]): string {
  return parameters.map((parameter) => parameter.text).join("&");
}
