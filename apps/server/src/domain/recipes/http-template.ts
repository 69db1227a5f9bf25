import { parseStrictJson, parseStrictUrl } from "@countersign/protocol";
import type { HttpTemplateRecipe } from "../ports/index.ts";
import { longestAnswer, type RecipeKind, toLifetimeMs, untilInstant } from "./minting.ts";
import { fillTemplate, type TemplateValues } from "./recipe-template.ts";

/** RFC 9110 §5.5 in ASCII. */
const fieldValue = /^[!-~](?:[\t -~]*[!-~])?$/;
const types = { json: "application/json", form: "application/x-www-form-urlencoded" } as const;

/** What a JSON pointer (RFC 6901) leads to; undefined where there is nothing. */
export function atPointer(root: unknown, pointer: string): unknown {
  let at = root;
  for (const part of pointer.split("/").slice(1)) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[name];
  }
  return at;
}

/** The filled request; null where a template cannot be read or a value does not fit its position. */
export function fillRequest(recipe: HttpTemplateRecipe, values: TemplateValues) {
  const { method, body } = recipe;
  const url = fillTemplate(recipe.url, "url", values);
  const strict = url === null ? null : parseStrictUrl(url, []);
  const text = body === null ? null : fillTemplate(body.text, body.type, values);
  if (strict?.ok !== true || strict.url.text !== url || (body !== null && text === null)) return null;
  if (body?.type === "json" && !parseStrictJson(text ?? "", { maxBytes: longestAnswer }).ok) return null;
  const headers: [string, string][] = [["accept", "application/json"]];
  if (body !== null) headers.push(["content-type", types[body.type]]);
  for (const [name, template] of Object.entries(recipe.headers)) {
    const value = fillTemplate(template, "header", values);
    if (value === null || !fieldValue.test(value)) return null;
    headers.push([name, value]);
  }
  return { method, url, headers, body: text };
}

/** Any HTTP call whose JSON answer holds a value. */
export const httpTemplate: RecipeKind<HttpTemplateRecipe> = {
  ask: (recipe, { root, pseudonym }) => fillRequest(recipe, { secret: root, instance: pseudonym }),
  read({ value: pointer, expires }, answer, nowMs) {
    const json = parseStrictJson(answer, { maxBytes: longestAnswer });
    const value = json.ok ? atPointer(json.value, pointer) : undefined;
    if (!json.ok || typeof value !== "string" || value === "") return null;
    if (expires === null) return { value, lifetimeMs: null };
    const told = atPointer(json.value, expires.at);
    const seconds = typeof told === "number" ? toLifetimeMs(told * 1000) : null;
    const lifetimeMs = expires.as === "seconds" ? seconds : untilInstant(told, nowMs);
    return lifetimeMs === null ? null : { value, lifetimeMs };
  },
};
