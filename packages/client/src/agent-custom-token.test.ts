import { describe, expect, it } from "vitest";
import { apiOf, createTestBed, type TestBed } from "./testing/test-agent.ts";

function bedWith(limitedUse = false): TestBed {
  const bed = createTestBed();
  bed.project.apis = [
    apiOf({ token: { header: "X-Token", prefix: "", bind: [], ...(limitedUse ? { limitedUse } : {}) } }),
    apiOf({ api: "plain", host: "plain.test", token: { header: "X-Token", prefix: "", bind: [] } }),
  ];
  bed.service.customClaims = ["nasa"];
  return bed;
}
const claimsOf = (token: string): unknown => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());

describe("a custom token", () => {
  it("carries exactly the claims it was asked with, and is shared by calls with the same", async () => {
    const bed = bedWith();
    const claims = { order: "4711", items: [{ sku: "ü", count: 2 }] };
    const [one, two] = await Promise.all([
      bed.agent.getCustomToken("nasa", claims),
      bed.agent.getCustomToken("nasa", claims),
    ]);
    expect([claimsOf(one), two]).toEqual([claims, one]);
    expect(bed.service.statements().filter(({ asks }) => asks.customTokens !== undefined)).toHaveLength(1);
  });

  it("is asked for by the call that needs it alone, not by later refreshes", async () => {
    const bed = bedWith();
    await bed.agent.getToken("nasa");
    await bed.agent.getCustomToken("nasa", { a: 1 });
    await bed.agent.refresh();
    const asked = bed.service.statements().map(({ asks }) => asks.customTokens?.length ?? 0);
    expect(asked).toEqual([0, 1, 0]);
    expect(bed.service.statements().at(-1)?.asks.tokens).toEqual([{ api: "nasa" }]);
  });

  it("of other claims is another token: concurrent calls each get their own", async () => {
    const bed = bedWith();
    const asked = [1, 2, 3, 4, 5, 6].map((order) => ({ order }));
    const tokens = await Promise.all(asked.map((claims) => bed.agent.getCustomToken("nasa", claims)));
    expect(tokens.map(claimsOf)).toEqual(asked);
  });

  it("of an API whose tokens count once goes to one call", async () => {
    const bed = bedWith(true);
    const tokens = await Promise.all([1, 2, 3].map(() => bed.agent.getCustomToken("nasa", { a: 1 })));
    expect(new Set(tokens).size).toBe(3);
  });

  it("is not to be had of an API that takes no claims", async () => {
    const bed = bedWith();
    await expect(bed.agent.getCustomToken("plain", {})).rejects.toMatchObject({ code: "token_unavailable" });
  });

  it("has claims of at most 1 KiB and 4 levels, in an object", async () => {
    const bed = bedWith();
    await bed.agent.getCustomToken("nasa", { a: { b: { c: 1 } }, long: "x".repeat(900) });
    const bad: unknown[] = [
      [],
      null,
      "text",
      undefined,
      () => {},
      { a: { b: { c: { d: {} } } } },
      { long: "ü".repeat(512) },
      JSON.parse('{"__proto__": 1}'),
    ];
    for (const claims of bad) {
      await expect(bed.agent.getCustomToken("nasa", claims as Record<string, unknown>)).rejects.toThrow(TypeError);
    }
    await expect(bed.agent.getCustomToken("Not An API", {})).rejects.toThrow(TypeError);
  });
});
