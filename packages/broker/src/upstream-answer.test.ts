import { expect, test } from "vitest";
import { AnswerBody } from "./upstream-answer.ts";

function lab() {
  const told: string[] = [];
  const body = new AnswerBody(60_000, () => told.push("destroyed"));
  body.call = { pause: () => told.push("pause"), resume: () => told.push("resume"), abort: () => told.push("abort") };
  return { body, told };
}

test("gives what waits as one piece, however many it came in", async () => {
  const { body } = lab();
  for (const text of ["a", "b", "c"]) body.push(Buffer.from(text));
  expect(String((await body.next()).value)).toBe("abc");
  const next = body.next();
  body.push(Buffer.from("d"));
  expect(String((await next).value)).toBe("d");
  body.push(Buffer.from("e"));
  body.end(true);
  expect([String((await body.next()).value), body.complete]).toEqual(["e", true]);
  expect((await body.next()).done).toBe(true);
});

test.each([
  ["bytes", 2, 65_536],
  ["pieces of one byte", 1100, 1],
])("makes the upstream wait for its reader where too many %s wait", async (_, pieces, bytes) => {
  const { body, told } = lab();
  for (let at = 0; at < pieces; at += 1) body.push(Buffer.alloc(bytes));
  expect(told).toEqual(["pause"]);
  expect((await body.next()).value).toHaveLength(pieces * bytes);
  expect(told).toEqual(["pause", "resume"]);
  body.destroy();
  expect(told).toEqual(["pause", "resume", "abort", "destroyed"]);
});
