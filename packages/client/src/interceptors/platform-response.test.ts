import { expect, it } from "vitest";
import { asyncIterator } from "../async-iterator.ts";
import { toAgentResponse } from "../fetch/agent-response.ts";
import { nodeScope } from "../testing/node-scope.ts";
import { toPlatformResponse } from "./platform-response.ts";

it("leaves the body of an answer that no Response of the platform can be", () => {
  let isLeft = false;
  const iterator: AsyncIterator<Uint8Array> = {
    next: () => new Promise(() => {}),
    return: async () => {
      isLeft = true;
      return { done: true, value: undefined };
    },
  };
  const body = { [asyncIterator]: () => iterator } as unknown as AsyncIterable<Uint8Array>;
  const answer = toAgentResponse({ status: 999, headers: [], body }, "https://api.test/", false);
  expect(() => toPlatformResponse(nodeScope(), "GET", answer, (error) => error)).toThrow();
  expect(isLeft).toBe(true);
});
