import { jsonSchemaTransformObject } from "fastify-type-provider-zod";

type Document = ReturnType<typeof jsonSchemaTransformObject>;

/** A response of an operation, described. */
export function jsonResponse(description: string, schema: unknown, contentType = "application/json") {
  return { description, content: { [contentType]: { schema } } };
}

/** Adds the named schemas to the document, without the twins of input schemas that no operation refers to. */
export function withNamedSchemas(input: Parameters<typeof jsonSchemaTransformObject>[0]): Document {
  const document = jsonSchemaTransformObject(input);
  const components = (document as { readonly components?: { schemas?: Record<string, unknown> } }).components;
  const schemas = components?.schemas;
  if (components === undefined || schemas === undefined) return document;
  const referred = referredFrom(JSON.stringify({ ...document, components: { ...components, schemas: {} } }), schemas);
  const isTwin = (name: string) => name.endsWith("Input") && Object.hasOwn(schemas, name.slice(0, -"Input".length));
  components.schemas = Object.fromEntries(
    Object.entries(schemas).filter(([name]) => referred.has(name) || !isTwin(name)),
  );
  return document;
}

function referredFrom(text: string, schemas: Record<string, unknown>, seen = new Set<string>()): ReadonlySet<string> {
  for (const [, name = ""] of text.matchAll(/"#\/components\/schemas\/([A-Za-z0-9_]+)"/g)) {
    if (seen.has(name)) continue;
    seen.add(name);
    referredFrom(JSON.stringify(schemas[name] ?? null), schemas, seen);
  }
  return seen;
}
