import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type AppleReply, type AppleServer, startAppleServer } from "./apple-server.suite.ts";
import { createDeviceCheck } from "./device-check.ts";

let server: AppleServer;
beforeAll(async () => {
  server = await startAppleServer();
});
afterAll(() => server.close());
beforeEach(() => server.seen.splice(0));

function answered(reply: AppleReply) {
  server.reply(reply);
  const origins = { production: server.origin, development: `${server.origin}/development` };
  const timeoutMs = reply === "never" ? 1 : 10_000;
  return createDeviceCheck({ token: () => "the-token", nowMs: () => 1_790_000_000_000, origins, timeoutMs });
}

it("sends what Apple documents, to the environment's server, under a transaction of its own", async () => {
  const deviceCheck = answered({ status: 200 });
  await deviceCheck.validate("dG9rZW4=", "production");
  await deviceCheck.query("dG9rZW4=", "development");
  await deviceCheck.update("dG9rZW4=", "production", { bit0: true, bit1: false });
  expect(server.seen.map(({ path }) => path)).toEqual([
    "/v1/validate_device_token",
    "/development/v1/query_two_bits",
    "/v1/update_two_bits",
  ]);
  const bodies = server.seen.map(({ body }) => JSON.parse(body) as { readonly transaction_id?: unknown });
  const common = { device_token: "dG9rZW4=", timestamp: 1_790_000_000_000, transaction_id: expect.any(String) };
  expect(bodies).toEqual([common, common, { ...common, bit0: true, bit1: false }]);
  expect(new Set(bodies.map((body) => body.transaction_id)).size).toBe(3);
  expect(server.seen.every(({ headers }) => headers.authorization === "Bearer the-token")).toBe(true);
});

describe("reads bits", () => {
  it("that were set, and when", async () => {
    const body = '{"bit0":true,"bit1":false,"last_update_time":"2026-10"}';
    expect(await answered({ status: 200, body }).query("t", "production")).toEqual({
      status: "set",
      bits: { bit0: true, bit1: false, lastUpdate: "2026-10" },
    });
    const without = await answered({ status: 200, body: '{"bit0":false,"bit1":true}' }).query("t", "production");
    expect(without).toEqual({ status: "set", bits: { bit0: false, bit1: true, lastUpdate: null } });
  });

  it("that were never set, which Apple says in plain text with status 200", async () => {
    for (const body of ["Failed to find bit state", "Failed to find bit state\n"])
      expect(await answered({ status: 200, body }).query("t", "production")).toEqual({ status: "never_set" });
  });

  it("from nothing else", async () => {
    const others = ["", "null", "[]", "{}", '{"bit0":1,"bit1":0}', '{"bit0":true,"bit0":true,"bit1":true}', "<html>"];
    for (const body of [...others, '{"bit0":true,"bit1":true,"last_update_time":"yesterday"}'])
      expect(await answered({ status: 200, body }).query("t", "production")).toEqual({ status: "unavailable" });
  });
});

it("says what was done, whatever the text of a good answer", async () => {
  for (const body of ["", "Bit State Update Successful"]) {
    const deviceCheck = answered({ status: 200, body });
    expect(await deviceCheck.validate("t", "production")).toEqual({ status: "valid" });
    expect(await deviceCheck.update("t", "production", { bit0: true, bit1: true })).toEqual({ status: "updated" });
  }
});

describe("tells apart, for every operation,", () => {
  it.each<[string, AppleReply, object]>([
    ["a bad token", { status: 400, body: "Bad Device Token" }, { status: "token_refused" }],
    [
      "a token that is missing",
      { status: 400, body: "Missing or incorrectly formatted device token payload" },
      { status: "token_refused" },
    ],
    [
      "a token that is missing, said in JSON",
      {
        status: 400,
        body: '{"responseCode":"400","responseMessage":"Missing or badly formatted device token payload"}',
      },
      { status: "token_refused" },
    ],
    ["bad bits", { status: 400, body: "Missing or incorrectly formatted bits" }, { status: "request_refused" }],
    ["a bad time", { status: 400, body: "Missing or incorrectly formatted time stamp" }, { status: "request_refused" }],
    [
      "a token of the operator's that is refused",
      { status: 401, body: "Unable to verify authorization token" },
      { status: "unauthorized" },
    ],
    ["too many calls", { status: 429, body: "Too Many Requests" }, { status: "slow_down", retryAfterSeconds: 60 }],
    ["a server that has failed", { status: 500, body: "Server Error" }, { status: "unavailable" }],
    ["a server that never answers", "never", { status: "unavailable" }],
  ])("%s", async (_, reply, expected) => {
    const deviceCheck = answered(reply);
    expect(await deviceCheck.validate("t", "production")).toEqual(expected);
    expect(await deviceCheck.query("t", "production")).toEqual(expected);
    expect(await deviceCheck.update("t", "production", { bit0: false, bit1: false })).toEqual(expected);
  });
});
