import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { readBody } from "./read-body.ts";

test("reads a body whole, at most so many bytes of it", async () => {
  for (const [limit, expected] of [
    [5, { ok: true, bytes: Buffer.from("hello") }],
    [4, { ok: false, code: "too_large" }],
  ] as const) {
    const body = new PassThrough();
    const read = readBody(body, limit, 60_000);
    for (const piece of ["h", "el", "lo"]) body.write(piece);
    body.end();
    expect(await read).toEqual(expected);
  }
});

test("waits for nobody who had gone before", async () => {
  const body = new PassThrough();
  body.on("error", () => {});
  body.write("begun");
  body.destroy(new Error("aborted"));
  await new Promise((resolve) => body.once("close", resolve));
  expect(await readBody(body, 10, 3_600_000)).toEqual({ ok: false, code: "malformed" });
});
