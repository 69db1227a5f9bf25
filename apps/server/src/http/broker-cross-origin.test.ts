import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { allowAnyOrigin } from "./broker-cross-origin.ts";

/** What an upstream's answer sets for itself does not come this far; what does is replaced. */
const server = createServer((message, response) => {
  if (!allowAnyOrigin(message, response)) response.writeHead(200, "OK", ["x-answer", "1"]).end();
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
afterAll(() => void server.close());

function send(method: string, headers: Record<string, string>) {
  const { port } = server.address() as AddressInfo;
  return new Promise<{ status: number | undefined; headers: Record<string, unknown> }>((resolve, reject) => {
    const sent = request({ port, host: "127.0.0.1", method, headers, agent: false }, (response) => {
      response.resume();
      resolve({ status: response.statusCode, headers: response.headers });
    });
    sent.on("error", reject).end();
  });
}

const preflight = { origin: "https://a.example", "access-control-request-method": "POST" };

it("answers a preflight itself, for the headers that were named", async () => {
  const named = "authorization, countersign-pass,signature";
  const answer = await send("OPTIONS", { ...preflight, "access-control-request-headers": named });
  expect(answer).toMatchObject({
    status: 204,
    headers: {
      "access-control-allow-origin": "*",
      "access-control-allow-headers": named,
      "access-control-allow-methods": expect.stringContaining("DELETE"),
    },
  });
  expect(answer.headers["access-control-allow-credentials"]).toBeUndefined();
});

it.each(["", ",", "a b", 'a"b', "a".repeat(5000), "a,, b"])("names no header for the list %j", async (named) => {
  const { status, headers } = await send("OPTIONS", { ...preflight, "access-control-request-headers": named });
  expect([status, headers["access-control-allow-headers"]]).toEqual([204, undefined]);
});

it.each([
  ["a call", "GET", {}],
  ["a call of the method OPTIONS that brings a pass", "OPTIONS", { ...preflight, "countersign-pass": "p" }],
  ["OPTIONS that asks no browser's question", "OPTIONS", { origin: "https://a.example" }],
])("lets %s through, readable for pages", async (_, method, headers) => {
  const answer = await send(method, headers);
  expect(answer).toMatchObject({
    status: 200,
    headers: { "x-answer": "1", "access-control-allow-origin": "*", "access-control-expose-headers": "*" },
  });
});
