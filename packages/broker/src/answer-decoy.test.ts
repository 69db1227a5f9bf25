import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type CallOptions,
  call,
  closeBrokerLab,
  openBrokerLab,
  origin,
  pass,
  placeholder,
  project,
  resetBrokerLab,
  sign,
  state,
} from "./broker-lab.suite.ts";
import type { DecoyAnswer, Decoys } from "./ports.ts";

const canary = "canary-of-the-photo-key";
const answer: DecoyAnswer = { status: 429, contentType: "application/json", body: "{}", delayMs: 120 };
const decoysWith = (more: Partial<DecoyAnswer> = {}): Decoys => ({
  answerOf: () => ({ ...answer, ...more }),
  canaryOf: (name, { app }) => (name === "photo-key" && app === pass.app ? canary : null),
});

beforeAll(openBrokerLab);
afterAll(closeBrokerLab);
beforeEach(() => {
  resetBrokerLab();
  state.nonces.clear();
  state.decoyPass = true;
  state.decoys = decoysWith();
});

describe("a decoy's call", () => {
  test("gets the API's plausible answer about as late as the API's, and neither value nor upstream is touched", async () => {
    const { status, text, headers } = await call();
    expect([status, text, headers.get("content-type"), headers.get("retry-after")]).toEqual([
      429,
      "{}",
      "application/json",
      "60",
    ]);
    expect([state.seen, state.revealed, state.pauses]).toEqual([[], 0, [120]]);
    expect(state.events).toEqual([
      expect.objectContaining({ event: "brokered_decoy", code: null, upstreamStatus: null, secrets: ["photo-key"] }),
    ]);
  });

  test("is masked of its canary as a genuine answer of its value", async () => {
    state.decoys = decoysWith({ status: 200, contentType: "text/plain", body: `you sent ${canary}` });
    expect((await call()).text).toBe(`you sent ${"*".repeat(canary.length)}`);
  });

  test.each([
    ["photos", 200],
    ["photos", 204],
    ["photos", 304],
    ["second", 200],
    ["second", 404],
    ["second", 204],
  ])("has no line in its head that tells it from a genuine one: API %s, %i", async (api, status) => {
    const body = status === 204 || status === 304 ? undefined : "plain";
    const more = body === undefined ? {} : { "content-type": "text/plain", "content-length": body.length };
    state.answer = (_request, response) => void response.writeHead(status, more).end(body);
    state.decoys = decoysWith({ status, contentType: "text/plain", body: "plain" });
    const target = `/b/${project}/${api}/v1/list?api_key=${placeholder}`;
    const heads: unknown[] = [];
    for (const decoyPass of [false, true]) {
      state.decoyPass = decoyPass;
      const { statusText, headers } = await fetch(origin + target, { headers: sign({}, "GET", target) });
      heads.push([statusText, [...headers].filter(([name]) => name !== "date")]);
    }
    expect(heads[1]).toEqual(heads[0]);
    expect(state.seen).toHaveLength(1);
  });

  const refusals: readonly (readonly [string, CallOptions, string, () => void])[] = [
    ["a pass that ended", {}, "pass_invalid", () => (state.nowMs = (pass.exp + 1) * 1000)],
    ["another key", { key: new Uint8Array(32) }, "signature_invalid", () => {}],
    ["too many calls", {}, "slow_down", () => (state.within = false)],
    ["an API that is not there", { target: `/b/${project}/nothing/v1/list` }, "not_found", () => {}],
    ["a place that is not declared", { path: `/v3/list?api_key=${placeholder}` }, "place_refused", () => {}],
    [
      "a secret that the pass does not name",
      { path: "/v2/list?api_key=cs-other-key-aaaaaaaaaa" },
      "place_refused",
      () => {},
    ],
    ["no place at all", { path: "/v1/list" }, "place_refused", () => {}],
    ["a private peer", {}, "upstream_refused", () => (state.allowPrivate = false)],
  ];
  test.each(refusals)("is refused as any other for %s", async (_, options, code, arrange) => {
    arrange();
    expect((await call(options)).code).toBe(code);
    state.decoyPass = false;
    expect((await call(options)).code).toBe(code);
    expect([state.seen, state.revealed]).toEqual([[], 0]);
  });

  test("counts once", async () => {
    const nonce = "one-and-the-same";
    expect([(await call({ nonce })).status, (await call({ nonce })).code]).toEqual([429, "request_replayed"]);
  });

  test("is refused where the project has no decoys any more", async () => {
    state.decoys = null;
    expect((await call()).code).toBe("pass_withdrawn");
    expect(state.seen).toEqual([]);
  });

  test("has no body where its status or method has none", async () => {
    state.decoys = decoysWith({ status: 204 });
    expect(await call()).toMatchObject({ status: 204, text: "" });
    state.decoys = decoysWith({ status: 200, body: "something" });
    const { headers, text } = await call({ method: "GET" });
    expect([headers.get("content-length"), text, headers.get("retry-after")]).toEqual(["9", "something", null]);
  });
});

describe("decoys", () => {
  test("take no genuine caller's share of the calls in work, and have no more than a genuine share themselves", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    state.pausing = promise;
    const decoys = [call(), call()];
    await expect.poll(() => state.pauses.length).toBe(2);
    expect((await call()).code).toBe("slow_down");
    state.decoyPass = false;
    expect((await call()).status).toBe(200);
    resolve();
    expect((await Promise.all(decoys)).map(({ status }) => status)).toEqual([429, 429]);
  });
});

describe("a genuine pass", () => {
  test("of an instance that is banned is answered like a decoy's, where the project has decoys", async () => {
    state.decoyPass = false;
    state.banned = true;
    expect((await call()).status).toBe(429);
    expect([state.seen, state.revealed]).toEqual([[], 0]);
    state.decoys = null;
    expect((await call()).code).toBe("pass_withdrawn");
  });

  test("is a decoy's from the moment of the ban, though the body was on its way", async () => {
    state.decoyPass = false;
    state.afterCheck = () => {
      state.banned = true;
    };
    expect((await call()).status).toBe(429);
    expect(state.seen).toEqual([]);
  });

  test("reaches the upstream in a project with decoys", async () => {
    state.decoyPass = false;
    expect(await call()).toMatchObject({ status: 200, text: "ok" });
    expect(state.seen).toHaveLength(1);
  });
});
