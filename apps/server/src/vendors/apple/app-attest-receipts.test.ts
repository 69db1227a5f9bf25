import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createAppAttestReceipts } from "./app-attest-receipts.ts";
import { type AppleReply, type AppleServer, startAppleServer } from "./apple-server.suite.ts";

let server: AppleServer;
beforeAll(async () => {
  server = await startAppleServer();
});
afterAll(() => server.close());
beforeEach(() => server.seen.splice(0));

const receipt = new Uint8Array(randomBytes(3000));
const renewed = new Uint8Array(randomBytes(3100));

function refresh(reply: AppleReply, environment: "production" | "development" = "production") {
  server.reply(reply);
  const origins = { production: `${server.origin}/production`, development: `${server.origin}/development` };
  // A wait that the server never ends is ended at once; every other answer is in time.
  const timeoutMs = reply === "never" ? 1 : 10_000;
  return createAppAttestReceipts({ token: () => "the-token", origins, timeoutMs }).refresh(receipt, environment);
}

it("sends the receipt in base64 with the bare token to the environment's server", async () => {
  await refresh({ status: 304 });
  await refresh({ status: 304 }, "development");
  expect(server.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "POST /production/v1/attestationData",
    "POST /development/v1/attestationData",
  ]);
  expect(server.seen[0]?.headers.authorization).toBe("the-token");
  expect(server.seen[0]?.body).toBe(Buffer.from(receipt).toString("base64"));
});

it("gives back the renewed receipt, with or without a line break at its end", async () => {
  for (const end of ["", "\n"]) {
    const body = Buffer.from(renewed).toString("base64") + end;
    expect(await refresh({ status: 200, body })).toEqual({ status: "renewed", receipt: renewed });
  }
});

describe("tells apart", () => {
  const unavailable = { status: "unavailable" } as const;
  it.each<[string, AppleReply, object]>([
    ["a receipt too young", { status: 304 }, { status: "too_soon" }],
    ["a device of which nothing is held", { status: 404 }, { status: "no_data" }],
    ["a key that Apple does not know", { status: 401 }, { status: "unauthorized" }],
    ["a key without the right", { status: 403, body: "Forbidden" }, { status: "unauthorized" }],
    ["too many calls", { status: 429 }, { status: "slow_down", retryAfterSeconds: 3600 }],
    [
      "too many calls, and for how long",
      { status: 429, headers: { "retry-after": "7" } },
      { status: "slow_down", retryAfterSeconds: 7 },
    ],
    [
      "too many calls, for longer than a day",
      { status: 429, headers: { "retry-after": "999999999" } },
      { status: "slow_down", retryAfterSeconds: 86_400 },
    ],
    [
      "too many calls until a date, which is not read",
      { status: 429, headers: { "retry-after": "Fri, 31 Dec 1999 23:59:59 GMT" } },
      { status: "slow_down", retryAfterSeconds: 3600 },
    ],
    ["an answer that is no base64", { status: 200, body: "<html>" }, unavailable],
    ["an answer that is empty", { status: 200 }, unavailable],
    ["an answer larger than any", { status: 200, body: "A".repeat(64 * 1024 + 4) }, unavailable],
    ["a receipt that Apple finds fault with", { status: 400, body: "Bad payload" }, { status: "refused" }],
    ["a server that has failed", { status: 503 }, unavailable],
    ["a server that sends elsewhere", { status: 302, headers: { location: "/elsewhere" } }, unavailable],
    ["a server that never answers", "never", unavailable],
  ])("%s", async (_, reply, expected) => {
    expect(await refresh(reply)).toEqual(expected);
    expect(server.seen.filter(({ path }) => path === "/elsewhere")).toEqual([]);
  });

  it("a server that nobody runs", async () => {
    const origins = { production: "http://127.0.0.1:1", development: "http://127.0.0.1:1" };
    const receipts = createAppAttestReceipts({ token: () => "t", origins });
    expect(await receipts.refresh(receipt, "production")).toEqual(unavailable);
  });
});
