import fc from "fast-check";
import { expect, test } from "vitest";
import { readTokenAnswer } from "./token-answer.ts";

const whole = { access_token: "a-token", token_type: "Bearer", expires_in: 60 };
const read = (value: unknown) => readTokenAnswer(Buffer.from(JSON.stringify(value)));

test("a token answer gives its token and for how long, and takes members that it does not know", () => {
  expect(read({ ...whole, refresh_token: "r", scope: "x" })).toEqual({ value: "a-token", lifetimeMs: 60_000 });
});

test("a token answer is never thrown on, and gives visible ASCII and a bounded life or nothing", () => {
  const member = fc.oneof(fc.jsonValue(), fc.constantFrom(...Object.values(whole)));
  const answers = fc.record({ access_token: member, token_type: member, expires_in: member });
  const judge = (granted: ReturnType<typeof readTokenAnswer>): boolean =>
    granted === null ||
    (/^[!-~]{1,4096}$/.test(granted.value) &&
      (granted.lifetimeMs === null || (granted.lifetimeMs > 0 && granted.lifetimeMs <= 366 * 86_400_000)));
  fc.assert(fc.property(answers, (answer) => judge(read(answer))));
  fc.assert(fc.property(fc.uint8Array(), (bytes) => judge(readTokenAnswer(bytes))));
  fc.assert(fc.property(fc.jsonValue(), (value) => judge(read(value))));
});
