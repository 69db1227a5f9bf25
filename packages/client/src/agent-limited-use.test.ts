import { describe, expect, it } from "vitest";
import { createAborter } from "./abort.ts";
import { apiOf, createTestBed, type TestBed } from "./testing/test-agent.ts";

const token = { header: "x-token", prefix: "", bind: [], limitedUse: true };

function limitedBed(): TestBed {
  const bed = createTestBed();
  bed.project.apis = [
    apiOf({ token }),
    apiOf({ api: "free", host: "free.test", token: { ...token, limitedUse: false } }),
  ];
  return bed;
}

function tokensOf(bed: TestBed): string[] {
  return bed.sent.map((request) => request.headers.find(([name]) => name === "x-token")?.[1] ?? "none");
}

describe("a token that counts once", () => {
  it("serves one request; the next demands another", async () => {
    const bed = limitedBed();
    for (let call = 0; call < 3; call += 1) await bed.agent.fetch("https://api.nasa.gov/a");
    expect(new Set(tokensOf(bed)).size).toBe(3);
    expect(tokensOf(bed).every((each) => each.startsWith("token.nasa."))).toBe(true);
  });

  it("is never shared by calls at once", async () => {
    const bed = limitedBed();
    await Promise.all(Array.from({ length: 20 }, () => bed.agent.fetch("https://api.nasa.gov/a")));
    expect(new Set(tokensOf(bed)).size).toBe(20);
  });

  it("is never shared between fetch and getToken", async () => {
    const bed = limitedBed();
    const calls = Array.from({ length: 5 }, () => bed.agent.getToken("nasa"));
    const fetched = Array.from({ length: 5 }, () => bed.agent.fetch("https://api.nasa.gov/a"));
    const given = await Promise.all(calls);
    await Promise.all(fetched);
    expect(new Set([...given, ...tokensOf(bed)]).size).toBe(10);
  });

  it("has the binding of its own request, also among calls at once", async () => {
    const bed = limitedBed();
    bed.project.apis = [apiOf({ token: { ...token, bind: ["authorization"] } })];
    const users = ["alice", "bob", "carol", "alice", "bob"];
    await Promise.all(
      users.map((user) => bed.agent.fetch(`https://api.nasa.gov/${user}`, { headers: { authorization: user } })),
    );
    const bound = bed.sent.map((request, index) => [request.target, tokensOf(bed)[index]?.split(".")[2]]);
    const bindOf = new Map(bound.map(([target, bind]) => [target, bind]));
    expect(bound.every(([target, bind]) => bindOf.get(target) === bind)).toBe(true);
    expect(new Set(bindOf.values()).size).toBe(3);
    expect(new Set(tokensOf(bed)).size).toBe(5);
  });

  it("is another for each hop of a redirect", async () => {
    const bed = limitedBed();
    bed.upstream = () => (bed.sent.length === 1 ? { status: 302, headers: [["location", "/b"]] } : { status: 200 });
    await bed.agent.fetch("https://api.nasa.gov/a");
    expect(new Set(tokensOf(bed)).size).toBe(2);
  });

  it("costs calls to other APIs nothing", async () => {
    const bed = limitedBed();
    for (let call = 0; call < 3; call += 1) await bed.agent.fetch("https://free.test/a");
    expect(new Set(tokensOf(bed)).size).toBe(1);
  });

  it("comes with the session where that was refreshed meanwhile: no statement of its own", async () => {
    const bed = limitedBed();
    await bed.agent.fetch("https://api.nasa.gov/a");
    await bed.agent.refresh();
    const statements = bed.service.statements().length;
    await bed.agent.fetch("https://api.nasa.gov/a");
    expect(bed.service.statements()).toHaveLength(statements);
  });

  it("that the service does not grant is asked for once a session, not for ever", async () => {
    const bed = limitedBed();
    await bed.agent.fetch("https://api.nasa.gov/a");
    const { token: _none, ...bare } = bed.project.apis[0] ?? apiOf();
    bed.service.bringsManifest = false;
    bed.project.apis = [bare];
    const codes = await Promise.all(
      [1, 2, 3].map(() =>
        bed.agent.fetch("https://api.nasa.gov/a").catch((error: unknown) => (error as { code?: unknown }).code),
      ),
    );
    expect(codes).toEqual(Array.from({ length: 3 }, () => "token_unavailable"));
    expect(bed.service.statements().length).toBeLessThan(5);
  });

  it("is not asked for by a call that was given up before its turn", async () => {
    const bed = limitedBed();
    await bed.agent.fetch("https://api.nasa.gov/a");
    const aborter = createAborter();
    const statements = bed.service.statements().length;
    const given = Array.from({ length: 10 }, () =>
      bed.agent.fetch("https://api.nasa.gov/a", { abort: aborter.handle }),
    );
    aborter.abort();
    const last = bed.agent.fetch("https://api.nasa.gov/a");
    const codes = await Promise.all(
      given.map((call) => call.catch((error: unknown) => (error as { code?: unknown }).code)),
    );
    expect(new Set(codes)).toEqual(new Set(["aborted"]));
    expect((await last).status).toBe(200);
    expect(bed.service.statements().length - statements).toBeLessThanOrEqual(2);
    expect(new Set(tokensOf(bed)).size).toBe(2);
  });

  it("does not stop the calls behind one that failed", async () => {
    const bed = limitedBed();
    await bed.agent.fetch("https://api.nasa.gov/a");
    let lost = 0;
    bed.service.middleman = (_call, answer) => (lost++ < 4 ? null : answer);
    const first = bed.agent
      .fetch("https://api.nasa.gov/a")
      .catch((error: unknown) => (error as { code?: unknown }).code);
    const second = bed.agent.fetch("https://api.nasa.gov/a");
    expect(await first).toBe("service_unreachable");
    await bed.time.advance(10_000);
    expect((await second).status).toBe(200);
  });
});
