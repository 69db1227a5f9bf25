import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { composeService } from "../compose.ts";

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: unknown;
}

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: unknown }>> };
  readonly responses?: Readonly<
    Record<string, { readonly description?: string; readonly content?: Readonly<Record<string, { schema?: unknown }>> }>
  >;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
}

interface Document {
  readonly openapi: string;
  readonly info: { readonly title?: string; readonly version?: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, unknown>>;
    readonly securitySchemes: Readonly<Record<string, unknown>>;
  };
}

/** What is not described: probes, the document itself, answers to preflights, whatever an upstream of the broker takes, and whatever a proxy asks about. */
const undescribed = (method: string, path: string): boolean =>
  ["HEAD", "OPTIONS"].includes(method) ||
  ["/healthz", "/readyz", "/openapi.json"].includes(path) ||
  path.startsWith("/b/") ||
  path.startsWith("/l/") ||
  path.endsWith("decisions/{api}/path/*");

const routes = new Set<string>();
let document: Document;
let operations: readonly (readonly [string, Operation])[];

/** Notes every route of the service that is composed next, as Fastify itself tells of them. */
function noteRoutes(message: unknown): void {
  const { fastify } = message as { readonly fastify: FastifyInstance };
  fastify.addHook("onRoute", ({ method, url }) => {
    for (const each of [method].flat()) {
      const path = url.replaceAll(/:(\w+)/g, "{$1}");
      if (!undescribed(each, path)) routes.add(`${each.toLowerCase()} ${path}`);
    }
  });
}

/** Every object and array in a value, itself included. */
function* within(value: unknown): Generator<object> {
  if (typeof value !== "object" || value === null) return;
  yield value;
  for (const each of Object.values(value)) yield* within(each);
}

beforeAll(async () => {
  const data = mkdtempSync(join(tmpdir(), "openapi-"));
  subscribe("fastify.initialization", noteRoutes);
  const service = await composeService({ data, host: "127.0.0.1", port: 0, logSink: () => {} });
  unsubscribe("fastify.initialization", noteRoutes);
  try {
    document = (await (await fetch(`${service.origin}/openapi.json`)).json()) as Document;
  } finally {
    await service.close();
    rmSync(data, { recursive: true, force: true });
  }
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation] as const),
  );
});
afterAll(() => unsubscribe("fastify.initialization", noteRoutes));

describe("the OpenAPI document", () => {
  it("is of version 3.1 and describes every route of the running service, and none that is not there", () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    expect([typeof document.info.title, typeof document.info.version]).toEqual(["string", "string"]);
    expect(routes.size).toBeGreaterThan(30);
    expect(operations.map(([name]) => name).toSorted()).toEqual([...routes].toSorted());
  });

  it("declares each parameter of a path as required, and no other in the path", () => {
    for (const [name, { parameters = [] }] of operations) {
      const inPath = parameters.filter((each) => each.in === "path");
      expect([name, inPath.map((each) => each.name).toSorted()]).toEqual([
        name,
        [...name.matchAll(/\{(\w+)\}/g)].map(([, each = ""]) => each).toSorted(),
      ]);
      expect([name, inPath.every((each) => each.required === true)]).toEqual([name, true]);
      expect([name, parameters.every((each) => typeof each.schema === "object")]).toEqual([name, true]);
    }
  });

  it("gives each operation a summary, its responses with descriptions, and a schema for every body", () => {
    for (const [name, { summary, requestBody, responses = {} }] of operations) {
      expect([name, typeof summary]).toEqual([name, "string"]);
      const answers = Object.entries(responses);
      expect([name, answers.some(([status]) => /^2\d\d$/.test(status))]).toEqual([name, true]);
      for (const [status, { description, content = {} }] of answers) {
        expect([name, status]).toEqual([name, expect.stringMatching(/^([1-5]\d\d|[1-5]XX|default)$/)]);
        expect([name, status, typeof description]).toEqual([name, status, "string"]);
        for (const each of Object.values(content))
          expect([name, status, typeof each.schema]).toEqual([name, status, "object"]);
      }
      for (const each of Object.values(requestBody?.content ?? {}))
        expect([name, typeof each.schema]).toEqual([name, "object"]);
    }
  });

  it("asks for an administrator on every route of the admin API but the one that makes one", () => {
    for (const [name, { security = [] }] of operations) {
      const isOpen = !name.includes("/admin/") || name.endsWith("/admin/v1/bootstrap");
      expect([name, security.some((each) => Object.hasOwn(each, "administrator"))]).toEqual([name, !isOpen]);
    }
    expect(document.components.securitySchemes).toHaveProperty("administrator");
  });

  it("refers to nothing that is not there, and has no word of OpenAPI 3.0 that 3.1 dropped", () => {
    const all = [...within(document)];
    const references = all.flatMap((each) => ("$ref" in each && typeof each.$ref === "string" ? [each.$ref] : []));
    expect(references.length).toBeGreaterThan(0);
    for (const reference of references) {
      const [start, ...path] = reference.split("/");
      const found = path.reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], document);
      expect([reference, start, typeof found]).toEqual([reference, "#", "object"]);
    }
    expect(all.filter((each) => "nullable" in each && typeof each.nullable === "boolean")).toEqual([]);
    expect(all.filter((each) => "exclusiveMinimum" in each && typeof each.exclusiveMinimum === "boolean")).toEqual([]);
    expect(all.filter((each) => "type" in each && each.type === "null" && "properties" in each)).toEqual([]);
  });
});
