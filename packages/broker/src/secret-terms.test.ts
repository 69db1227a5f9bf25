import { createHmac } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  call,
  closeBrokerLab,
  openBrokerLab,
  pass,
  placeholder,
  project,
  resetBrokerLab,
  secret,
  state,
} from "./broker-lab.suite.ts";
import type { HmacProcessor, UseBudget } from "./secret-terms.ts";

beforeAll(openBrokerLab);
afterAll(closeBrokerLab);
beforeEach(resetBrokerLab);

const hmac: HmacProcessor = {
  kind: "hmac",
  algorithm: "sha256",
  key: "utf8",
  encoding: "base64",
  message: "{method}\n{target}\n{header:x-time}\n{body}",
  headers: { "x-time": "{timestamp_ms}" },
};

describe("a secret that is the key of a MAC", () => {
  test("is never sent itself: the MAC of the request, as it goes out, stands in its place", async () => {
    state.terms = { processor: hmac, budgets: [] };
    const body = JSON.stringify({ order: 1 });
    const headers = { "content-type": "application/json", "x-time": "0", "x-signature": "the caller's own" };
    await call({ method: "POST", path: "/signed/orders?a=1", headers, body });
    const [seen] = state.seen;
    const message = `POST\n/signed/orders?a=1\n${state.nowMs}\n${body}`;
    const mac = createHmac("sha256", secret).update(message).digest("base64");
    expect([seen?.headers["x-signature"], seen?.headers["x-time"]]).toEqual([`v1=${mac}`, String(state.nowMs)]);
    expect(JSON.stringify(state.seen)).not.toContain(secret);
  });

  test("signs the query that the MAC is added to", async () => {
    state.terms = { processor: { ...hmac, encoding: "hex", message: "{query}", headers: {} }, budgets: [] };
    await call({ path: "/signed-query?symbol=A&n=1" });
    const mac = createHmac("sha256", secret).update("symbol=A&n=1").digest("hex");
    expect(state.seen[0]?.target).toBe(`/signed-query?symbol=A&n=1&signature=${mac}`);
  });

  test("keeps the MAC from the caller, for it would be good elsewhere", async () => {
    state.terms = { processor: hmac, budgets: [] };
    state.answer = (request, response) => {
      response.setHeader("x-echo", String(request.headers["x-signature"]));
      response.end(String(request.headers["x-signature"]));
    };
    const answer = await call({ path: "/signed" });
    const mac = createHmac("sha256", secret).update(`GET\n/signed\n${state.nowMs}\n`).digest("base64");
    expect(answer.text).toBe(`v1=${"*".repeat(mac.length)}`);
    expect(answer.headers.get("x-echo")).not.toContain(mac);
  });

  test("is not used where a template or the key cannot be read", async () => {
    for (const change of [{ message: "{nothing}" }, { key: "hex" }] as const) {
      state.terms = { processor: { ...hmac, ...change }, budgets: [] };
      expect((await call({ path: "/signed" })).code).toBe("place_refused");
    }
    expect(state.seen).toEqual([]);
  });
});

const budget = (more: Partial<UseBudget>): UseBudget => ({
  of: "instance",
  limit: 100,
  perCall: 40,
  windowSeconds: 3600,
  ...more,
});

describe("a secret with budgets", () => {
  test("is used until one of them would be passed, and then is not even opened", async () => {
    state.terms = { processor: null, budgets: [budget({}), budget({ of: "secret", limit: 1000 })] };
    expect([(await call()).status, (await call()).status]).toEqual([200, 200]);
    const before = state.revealed;
    expect((await call()).code).toBe("slow_down");
    expect([state.revealed, state.seen.length]).toEqual([before, 2]);
    expect([...state.drawn]).toEqual([
      [`${project}:broker-budget:photo-key:of:${pass.instance}:3600`, 80],
      [`${project}:broker-budget:photo-key:all:3600`, 80],
    ]);
  });

  test("is used up for all by others, and nobody who has used up their own takes from what all share", async () => {
    state.terms = { processor: null, budgets: [budget({ of: "secret" }), budget({ limit: 0 })] };
    expect((await call()).code).toBe("slow_down");
    expect(state.drawn.size).toBe(0);
    state.terms = { processor: null, budgets: [budget({ of: "secret" })] };
    state.drawn.set(`${project}:broker-budget:photo-key:all:3600`, 61);
    expect((await call()).code).toBe("slow_down");
    expect(state.seen).toEqual([]);
  });

  test("draws nothing for a request that asks for no secret, or goes where none may", async () => {
    state.terms = { processor: null, budgets: [budget({})] };
    expect((await call({ path: "/v1/list" })).code).toBe("place_refused");
    state.allowPrivate = false;
    expect((await call()).code).toBe("upstream_refused");
    expect(state.drawn.size).toBe(0);
  });

  test("meets decoys with bounds of the same size, and lets them take nothing from genuine callers", async () => {
    state.terms = { processor: null, budgets: [budget({ of: "secret", limit: 40 })] };
    state.decoyPass = true;
    const answer = { status: 200, contentType: "text/plain", body: "decoyed", delayMs: 0 };
    state.decoys = { answerOf: () => answer, canaryOf: () => "canary" };
    expect((await call()).text).toBe("decoyed");
    expect((await call()).code).toBe("slow_down");
    state.decoyPass = false;
    expect((await call()).text).toBe("ok");
  });

  test("is not used while the ledger cannot count", async () => {
    state.terms = { processor: null, budgets: [budget({})] };
    state.drawFailure = Object.assign(new Error("full"), { code: "ledger_full" });
    expect((await call({ path: `/v1/list?api_key=${placeholder}` })).code).toBe("unavailable");
    expect([state.revealed, state.seen]).toEqual([0, []]);
  });
});
