import { type PlayVerdict, toPlayVerdict } from "@countersign/virtual-device";
import { playintegrity } from "@googleapis/playintegrity";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { account, type Google, startGoogle, type Trouble } from "./google.suite.ts";
import { createPlayDecoder, type PlayDecodeFailure } from "./play-integrity.ts";

const packageName = "com.example.astropiks";
let nowMs = Date.UTC(2026, 10, 22);
let google: Google;
const failures: PlayDecodeFailure[] = [];

beforeEach(async () => {
  nowMs = Date.UTC(2026, 10, 22);
  failures.length = 0;
  google = await startGoogle(() => nowMs);
});
afterEach(() => google.close());

const makeDecoder = (timeoutMs = 5000) =>
  createPlayDecoder({
    nowMs: () => nowMs,
    apiBase: google.origin,
    tokenUrl: google.tokenUrl,
    timeoutMs,
    onFailure: (failure) => failures.push(failure),
  });

const makeVerdict = (): PlayVerdict =>
  toPlayVerdict({ packageName, signingDigest: "ab".repeat(32), versionCode: 7, nowMs }, { requestHash: "hash" });

describe("Google's decode call", () => {
  it("opens a standard token as Google's own client does", async () => {
    const verdict = makeVerdict();
    const opened = await makeDecoder().decode(account, packageName, google.play.standardToken(verdict));
    expect(opened).toEqual({ ok: true, payload: verdict });

    const client = playintegrity({ version: "v1", rootUrl: `${google.origin}/` });
    const request = { packageName, requestBody: { integrityToken: google.play.standardToken(verdict) } };
    const answer = await client.v1.decodeIntegrityToken(request, { headers: { authorization: "Bearer ya29.0" } });
    expect(answer.data.tokenPayloadExternal).toEqual(verdict);
    expect(google.asked.slice(-2)).toEqual([
      `/v1/${packageName}:decodeIntegrityToken`,
      expect.stringMatching(/^\/v1\/com\.example\.astropiks:decodeIntegrityToken/),
    ]);
  });

  it("tells nothing of a token that is decoded a second time: Google evaluates it no more", async () => {
    const decoder = makeDecoder();
    const token = google.play.standardToken(makeVerdict());
    await decoder.decode(account, packageName, token);
    expect(await decoder.decode(account, packageName, token)).toMatchObject({
      ok: true,
      payload: { appIntegrity: { appRecognitionVerdict: "UNEVALUATED" } },
    });
  });

  it("gets one access token for calls at once, and a new one a minute before its end", async () => {
    const decoder = makeDecoder();
    const decode = () => decoder.decode(account, packageName, google.play.standardToken(makeVerdict()));
    await Promise.all(Array.from({ length: 20 }, decode));
    const grants = () => google.asked.filter((path) => path === "/token").length;
    expect(grants()).toBe(1);
    nowMs += 3_538_000;
    await decode();
    expect(grants()).toBe(1);
    nowMs += 1000;
    expect((await decode()).ok).toBe(true);
    expect(grants()).toBe(2);
  });

  it("gets a new access token once where Google no longer takes the old one", async () => {
    const decoder = makeDecoder();
    google.trouble("decode", { status: 401, body: "{}" });
    expect((await decoder.decode(account, packageName, google.play.standardToken(makeVerdict()))).ok).toBe(true);
    expect(google.asked.map((path) => (path === "/token" ? "token" : "decode"))).toEqual([
      "token",
      "decode",
      "token",
      "decode",
    ]);
    google.trouble("decode", { status: 401 }, { status: 401 });
    expect(await decoder.decode(account, packageName, "x")).toEqual({ ok: false, reason: "play_unavailable" });
    expect(failures).toEqual([{ call: "decode", cause: 401 }]);
  });

  it("asks again after a grant that failed", async () => {
    const decoder = makeDecoder();
    google.trouble("token", { status: 500 });
    const decode = () => decoder.decode(account, packageName, google.play.standardToken(makeVerdict()));
    expect(await decode()).toEqual({ ok: false, reason: "play_unavailable" });
    expect((await decode()).ok).toBe(true);
  });
});

describe("answers play_unavailable, and says why to the log alone, where", () => {
  const body = (value: unknown) => ({ body: JSON.stringify(value) });
  const large = { body: `"${"x".repeat(70_000)}"` };
  it.each<[string, "token" | "decode", Trouble, PlayDecodeFailure["cause"]]>([
    ["the grant is refused", "token", { status: 400, ...body({ error: "invalid_grant" }) }, "not_granted"],
    ["the grant is no JSON", "token", { body: "<html>" }, "not_granted"],
    ["the grant names no token", "token", body({ expires_in: 3599 }), "not_granted"],
    [
      "the grant's token would break a header",
      "token",
      body({ access_token: "a\r\nb: c", expires_in: 1 }),
      "not_granted",
    ],
    ["the grant never ends", "token", body({ access_token: "a", expires_in: 1e12 }), "not_granted"],
    ["the grant is redirected", "token", { status: 302, headers: { location: "/token" } }, "not_granted"],
    ["the grant is larger than any", "token", large, "not_granted"],
    ["the account may not", "decode", { status: 403 }, 403],
    ["Google is broken", "decode", { status: 500 }, 500],
    ["Google redirects", "decode", { status: 307, headers: { location: "http://127.0.0.1:9/" } }, 307],
    ["the answer is no JSON", "decode", { body: "<html>" }, "unreadable"],
    ["the answer is null", "decode", { body: "null" }, "unreadable"],
    ["the answer has no payload", "decode", { body: "{}" }, "unreadable"],
    [
      "the answer names the payload twice",
      "decode",
      { body: '{"tokenPayloadExternal":{},"tokenPayloadExternal":{}}' },
      "unreadable",
    ],
    ["the answer is nested without end", "decode", { body: "[".repeat(10_000) }, "unreadable"],
    ["the answer is larger than any", "decode", large, "too_large"],
  ])("%s", async (_, call, trouble, cause) => {
    google.trouble(call, trouble);
    const token = google.play.standardToken(makeVerdict());
    expect(await makeDecoder().decode(account, packageName, token)).toEqual({ ok: false, reason: "play_unavailable" });
    expect(failures).toEqual([{ call, cause }]);
    expect(JSON.stringify(failures)).not.toContain(token);
  });

  it.each(["token", "decode"] as const)("no answer comes to the %s call", async (call) => {
    google.trouble(call, { hang: true });
    const opened = await makeDecoder(50).decode(account, packageName, "x");
    expect(opened).toEqual({ ok: false, reason: "play_unavailable" });
    expect(failures).toEqual([{ call, cause: call === "token" ? "not_granted" : "timeout" }]);
  });

  it("nobody listens", async () => {
    const decoder = createPlayDecoder({
      nowMs: () => nowMs,
      apiBase: "http://127.0.0.1:9",
      tokenUrl: "http://127.0.0.1:9/token",
    });
    expect(await decoder.decode(account, packageName, "x")).toEqual({ ok: false, reason: "play_unavailable" });
  });

  it.each([
    ["no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"],
    ["nothing", ""],
  ])("the account's key is %s", async (_, privateKey) => {
    const opened = await makeDecoder().decode({ ...account, privateKey }, packageName, "x");
    expect(opened).toEqual({ ok: false, reason: "play_unavailable" });
    expect(google.asked).toEqual([]);
  });
});

it("tells a token that Google does not take from a quota that is used up", async () => {
  const decoder = makeDecoder();
  expect(await decoder.decode(account, packageName, "not a token")).toEqual({
    ok: false,
    reason: "play_token_undecryptable",
  });
  google.trouble("decode", { status: 429 });
  expect(await decoder.decode(account, packageName, "x")).toEqual({ ok: false, reason: "play_quota_exhausted" });
});

it("puts no name into a path that is no package name", async () => {
  await expect(makeDecoder().decode(account, "com.example/../../other", "x")).rejects.toThrow(TypeError);
  expect(google.asked).toEqual([]);
});
