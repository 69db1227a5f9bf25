import { type Place, parsePlace } from "@countersign/protocol";
import { parseHeaderName, parsePrefix } from "./header-name.ts";
import type { Ruled } from "./rule.ts";
import { refused, ruled } from "./rule.ts";

const names: Record<Place["in"], string> = {
  header: "a header name, for example `X-Api-Key`",
  query: "a parameter name, for example `api_key`",
  segment: "the number of the path segment, from 1",
  form: "a form field's name",
  json: "a JSON pointer, for example `/auth/key`",
  basic: "`username` or `password`",
};

/**
 * A place as agents will read it: the protocol's own parser decides, so nothing is published that an agent would refuse. A path stands
 * without query, fragment, percent-escape and dot segment, since it is compared as written.
 */
export function checkPlace(input: Place): Ruled<Place> {
  if (input.methods.length < 1 || !input.methods.every((method) => /^[A-Z][A-Z-]{0,31}$/.test(method))) {
    return refused("`methods` names at least one HTTP method in upper case, for example `GET`.");
  }
  if (!isPlainPath(input.path)) {
    return refused(
      "`path` begins with `/` and has no query, fragment, `%` or dot segment, for example `/planetary/apod`.",
    );
  }
  if (input.in === "header") {
    const header = parseHeaderName(input.name);
    if (!header.ok) return header;
  }
  if (input.prefix !== undefined) {
    const prefix = parsePrefix(input.prefix);
    if (!prefix.ok) return prefix;
  }
  const read = parsePlace(input);
  return read.ok ? ruled(read.value) : refused(`For a place in ${input.in}, \`name\` is ${names[input.in]}.`);
}

/** A path as places name one: compared as written, so without anything that could be read in two ways. */
export function isPlainPath(path: string): boolean {
  const segments = path.split("/");
  return /^\/[!-~]{0,1023}$/.test(path) && !/[?#%\\]/.test(path) && !segments.includes(".") && !segments.includes("..");
}
