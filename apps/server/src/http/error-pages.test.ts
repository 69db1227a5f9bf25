import { problems, reasons, verifyReasons } from "@countersign/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { adminErrors } from "../domain/admin/admin-error.ts";
import { createLog } from "../log/create-log.ts";
import { createHttpServer } from "./server.ts";

describe("GET /errors/{code}", () => {
  let app: Awaited<ReturnType<typeof createHttpServer>>;
  beforeAll(async () => {
    app = await createHttpServer({
      log: createLog({ level: "silent" }),
      version: "0",
      isReady: async () => true,
      routes: [],
    });
  });
  afterAll(() => app.close());
  const get = (code: string) => app.inject({ method: "GET", url: `/errors/${code}` });

  it.each([
    ["problem", problems, ["agent"]],
    ["reason", reasons, ["meaning", "action"]],
    ["refusal of the admin API", adminErrors, []],
    ["refusal of a token", verifyReasons, ["mend"]],
  ] as const)("explains every %s, as plain text that anybody may keep", async (_kind, table, members) => {
    for (const [code, text] of Object.entries(table)) {
      const { statusCode, headers, body } = await get(code);
      expect([
        code,
        statusCode,
        headers["content-type"],
        headers["cache-control"],
        headers["x-content-type-options"],
      ]).toEqual([code, 200, "text/plain; charset=utf-8", "public, max-age=3600", "nosniff"]);
      expect(body.startsWith(`${code}\n`)).toBe(true);
      const texts = new Map<string, unknown>(Object.entries(text));
      for (const member of ["title", ...members]) expect(body).toContain(String(texts.get(member)));
    }
  });

  it.each(["nothing", "__proto__", "constructor", "toString", "%3Cscript%3E", "INTERNAL"])(
    "answers not_found for %s, and repeats nothing of it",
    async (code) => {
      const answer = await get(code);
      expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([404, "not_found"]);
      expect(answer.body).not.toContain("script");
    },
  );

  it("stands in the OpenAPI document", async () => {
    const document = (await app.inject({ method: "GET", url: "/openapi.json" })).json<{
      paths: Record<string, object>;
    }>();
    expect(Object.keys(document.paths)).toContain("/errors/{code}");
  });
});
