import { presentedValues } from "@countersign/protocol";
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

const decoy = "sk_live_9f2Kq7Lm3Xc8Vb5N";

beforeAll(openBrokerLab);
afterAll(closeBrokerLab);
beforeEach(resetBrokerLab);

/** What would be found in what was looked at so far. */
const found = () =>
  state.presented.map(({ instance, request }) => [instance, presentedValues(request, new Set([decoy.length]))]);

describe("a call that presents a decoy", () => {
  test("is looked at once whoever it is of, and named after an instance only where its pass is good", async () => {
    const headers = { "x-other": `Bearer ${decoy}` };
    expect((await call({ headers })).status).toBe(200);
    expect(state.presented.map((each) => [each.project, each.api])).toEqual([
      [project, "photos"],
      [project, "photos"],
    ]);
    expect(found()).toEqual([
      [pass.instance, [decoy]],
      [pass.instance, []],
    ]);
    state.presented = [];
    expect((await call({ headers, pass: "no-pass" })).status).toBe(401);
    expect(found()).toEqual([[null, [decoy]]]);
  });

  test("is answered as it would be without, and goes on to its upstream", async () => {
    const path = `/v1/list?api_key=${placeholder}&other=${decoy}`;
    const answer = await call({ path });
    expect([answer.status, answer.text]).toEqual([200, "ok"]);
    expect(state.seen[0]?.target).toContain(encodeURIComponent(secret));
    expect(found()[0]).toEqual([pass.instance, [decoy]]);
    // What is looked at is what came in: no value that was filled in.
    expect(JSON.stringify(state.presented)).not.toContain(encodeURIComponent(secret));
  });

  test("has its form or JSON looked at where the broker holds it and its digest is covered", async () => {
    const body = JSON.stringify({ key: placeholder, nested: [{ password: decoy }] });
    const headers = { "content-type": "application/json" };
    await call({ method: "POST", path: "/v1/list", headers, body });
    expect(found()).toEqual([
      [pass.instance, []],
      [pass.instance, [decoy]],
    ]);
  });
});
