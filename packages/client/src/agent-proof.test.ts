import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import type { ChannelRequest } from "./ports.ts";
import { apiOf, createTestBed, type TestBed } from "./testing/test-agent.ts";

const host = "https://api.nasa.gov";
const value = "nasa-VALUE-0123456789";
const token = { header: "authorization", prefix: "Bearer ", bind: [] };
const sha256 = (text: string | Uint8Array): string => createHash("sha256").update(text).digest("base64url");

function headerOf(request: ChannelRequest | undefined, name: string): string | null {
  const values = (request?.headers ?? []).filter(([each]) => each.toLowerCase() === name).map(([, text]) => text);
  expect(values.length).toBeLessThan(2);
  return values[0] ?? null;
}

/** The instance key that the last statement named. */
function instanceJwk(bed: TestBed): { kty: string; crv: string; x: string; y: string } {
  const point = Buffer.from(bed.service.statements().at(-1)?.instanceKey ?? "", "base64url");
  const x = point.subarray(1, 33).toString("base64url");
  return { kty: "EC", crv: "P-256", x, y: point.subarray(33).toString("base64url") };
}

function instanceKey(bed: TestBed): KeyObject {
  return createPublicKey({ key: instanceJwk(bed), format: "jwk" });
}

function jktOf({ crv, kty, x, y }: ReturnType<typeof instanceJwk>): string {
  return sha256(JSON.stringify({ crv, kty, x, y }));
}

async function dpopOf(bed: TestBed, request: ChannelRequest | undefined): Promise<Record<string, unknown>> {
  const proof = headerOf(request, "dpop") ?? "";
  expect(decodeProtectedHeader(proof)).toEqual({ typ: "dpop+jwt", alg: "ES256", jwk: instanceJwk(bed) });
  const options = { algorithms: ["ES256"], typ: "dpop+jwt" };
  return (await jwtVerify(proof, instanceKey(bed), options)).payload as Record<string, unknown>;
}

/** Verifies the one signature of a request by RFC 9421 alone, from what arrived. */
function isSigned(bed: TestBed, request: ChannelRequest | undefined): boolean {
  const input = headerOf(request, "signature-input") ?? "";
  const inner = input.replace(/^countersign=/, "");
  const names = [...(/^\(([^)]*)\)/.exec(inner)?.[1] ?? "").matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? "");
  const derived: Record<string, string> = {
    "@method": request?.method ?? "",
    "@target-uri": `https://${request?.host}${request?.port === 443 ? "" : `:${request?.port}`}${request?.target}`,
  };
  const lines = names.map((name) => `"${name}": ${derived[name] ?? headerOf(request, name)}`);
  const base = [...lines, `"@signature-params": ${inner}`].join("\n");
  const signature = /^countersign=:([^:]*):$/.exec(headerOf(request, "signature") ?? "")?.[1] ?? "";
  const key = { key: instanceKey(bed), dsaEncoding: "ieee-p1363" } as const;
  return verify("sha256", Buffer.from(base), key, Buffer.from(signature, "base64"));
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "no error",
    (error: unknown) => (error as { code?: unknown }).code,
  );
}

function bedWith(proof: "dpop" | "httpsig", change: Parameters<typeof apiOf>[0] = {}): TestBed {
  const bed = createTestBed();
  bed.project.apis = [apiOf({ token, proof, ...change })];
  return bed;
}

describe("DPoP", () => {
  it("proves method, URL without query, and token of the request that is sent, at service time", async () => {
    const bed = bedWith("dpop");
    await bed.agent.fetch(`${host}/planetary/apod?api_key=${bed.project.placeholder("nasa")}`);
    const sentToken = headerOf(bed.sent[0], "authorization")?.replace("Bearer ", "") ?? "";
    const claims = await dpopOf(bed, bed.sent[0]);
    expect(claims).toEqual({
      jti: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
      htm: "GET",
      htu: `${host}/planetary/apod`,
      iat: Math.floor(bed.service.nowMs() / 1000),
      ath: sha256(sentToken),
    });
    expect(bed.sent[0]?.target).toContain(value);
  });

  it("is made anew for each request", async () => {
    const bed = bedWith("dpop", { port: 8443 });
    for (const method of ["GET", "DELETE"]) await bed.agent.fetch("https://api.nasa.gov:8443/a", { method });
    const [first, second] = [await dpopOf(bed, bed.sent[0]), await dpopOf(bed, bed.sent[1])];
    expect([first.htm, second.htm, first.htu]).toEqual(["GET", "DELETE", "https://api.nasa.gov:8443/a"]);
    expect(first.jti).not.toBe(second.jti);
  });

  it("takes the place of a header the app set", async () => {
    const bed = bedWith("dpop");
    await bed.agent.fetch(`${host}/a`, { headers: { dpop: "forged", DPOP: "forged" } });
    expect((await dpopOf(bed, bed.sent[0])).htm).toBe("GET");
  });

  it("answers a 401 that brings a nonce once, with the same request, and remembers the nonce", async () => {
    const bed = bedWith("dpop");
    bed.upstream = (request) =>
      headerOf(request, "x-again") === null && bed.sent.length === 1
        ? { status: 401, headers: [["DPoP-Nonce", "nonce-1"]] }
        : { status: 200, headers: [["dpop-nonce", "nonce-2"]] };
    const response = await bed.agent.fetch(`${host}/a`, { method: "POST", body: "x" });
    expect(response.status).toBe(200);
    await bed.agent.fetch(`${host}/b`);
    const nonces = await Promise.all(bed.sent.map(async (request) => (await dpopOf(bed, request)).nonce));
    expect(nonces).toEqual([undefined, "nonce-1", "nonce-2"]);
    expect(Buffer.from(bed.sent[1]?.body ?? []).toString()).toBe("x");
    expect(headerOf(bed.sent[1], "authorization")).toBe(headerOf(bed.sent[0], "authorization"));
  });

  it("gives the app a second 401, and one whose nonce the proof held", async () => {
    const bed = bedWith("dpop");
    bed.upstream = () => ({ status: 401, headers: [["dpop-nonce", `nonce-${bed.sent.length}`]] });
    expect((await bed.agent.fetch(`${host}/a`)).status).toBe(401);
    expect(bed.sent).toHaveLength(2);
    bed.upstream = () => ({ status: 401, headers: [["dpop-nonce", "nonce-2"]] });
    expect((await bed.agent.fetch(`${host}/a`)).status).toBe(401);
    expect(bed.sent).toHaveLength(3);
  });

  it("does not repeat for what is no nonce", async () => {
    const bed = bedWith("dpop");
    for (const nonce of ["", 'a"b', "a b", "a\\b", "é", "n".repeat(513)]) {
      bed.sent.length = 0;
      bed.upstream = () => ({ status: 401, headers: [["dpop-nonce", nonce]] });
      expect((await bed.agent.fetch(`${host}/a`)).status).toBe(401);
      expect(bed.sent).toHaveLength(1);
    }
  });

  it("keeps the nonces of origins apart", async () => {
    const bed = bedWith("dpop");
    bed.project.apis.push(apiOf({ api: "other", host: "other.test", token, proof: "dpop" }));
    bed.upstream = (request) => ({ status: 200, headers: [["dpop-nonce", `of-${request.host}`]] });
    for (const url of [host, "https://other.test", host, "https://other.test"]) await bed.agent.fetch(`${url}/`);
    const nonces = await Promise.all(bed.sent.map(async (request) => (await dpopOf(bed, request)).nonce));
    expect(nonces).toEqual([undefined, undefined, "of-api.nasa.gov", "of-other.test"]);
  });

  it("does not look at nonces of an API that demands no DPoP proof", async () => {
    const bed = bedWith("httpsig");
    bed.upstream = () => ({ status: 401, headers: [["dpop-nonce", "n"]] });
    await bed.agent.fetch(`${host}/a`);
    expect(bed.sent).toHaveLength(1);
  });
});

describe("HTTP message signatures", () => {
  it("cover method, filled URL, body and token", async () => {
    const bed = bedWith("httpsig");
    await bed.agent.fetch(`${host}/planetary/apod?api_key=${bed.project.placeholder("nasa")}`);
    await bed.agent.fetch(`${host}/notes?x=1`, { method: "POST", body: '{"hello": "world"}' });
    expect(bed.sent.map((request) => isSigned(bed, request))).toEqual([true, true]);
    const created = Math.floor(bed.service.nowMs() / 1000);
    const keyid = jktOf(instanceJwk(bed));
    const [get, post] = bed.sent.map((request) => headerOf(request, "signature-input"));
    const parameters = `;created=${created};expires=${created + 60};nonce="NONCE";keyid="${keyid}";tag="countersign"`;
    const masked = (text: string | null | undefined): string | undefined =>
      text?.replace(/nonce="[A-Za-z0-9_-]{22}"/, 'nonce="NONCE"');
    expect(masked(get)).toBe(`countersign=("@method" "@target-uri" "authorization")${parameters}`);
    expect(masked(post)).toBe(`countersign=("@method" "@target-uri" "content-digest" "authorization")${parameters}`);
    expect(headerOf(bed.sent[1], "content-digest")).toBe("sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:");
    expect(bed.sent[0]?.target).toContain(value);
  });

  it.each([
    ["method", { method: "PUT" }],
    ["target", { target: "/other" }],
    ["token", { headers: [["authorization", "Bearer other"]] }],
  ] as const)("do not verify for another %s", async (_, change) => {
    const bed = bedWith("httpsig");
    await bed.agent.fetch(`${host}/a`);
    const sent = bed.sent[0];
    if (sent === undefined) throw new Error("nothing was sent");
    const rest = sent.headers.filter(([name]) => !("headers" in change) || name !== "authorization");
    const altered = { ...sent, ...change, headers: [...rest, ...("headers" in change ? change.headers : [])] };
    expect([isSigned(bed, sent), isSigned(bed, altered)]).toEqual([true, false]);
  });

  it("name no digest where there is no body, empty or absent, whatever the app set", async () => {
    const bed = bedWith("httpsig");
    const headers = { "content-digest": "sha-256=:AA==:", signature: "x=:AA==:", "Signature-Input": "x=()" };
    await bed.agent.fetch(`${host}/a`, { headers });
    await bed.agent.fetch(`${host}/a`, { method: "POST", body: new Uint8Array(0), headers });
    for (const request of bed.sent) {
      expect(headerOf(request, "content-digest")).toBeNull();
      expect(isSigned(bed, request)).toBe(true);
    }
  });
});

describe("a proof", () => {
  it.each(["dpop", "httpsig"] as const)("%s is not made for a hop of another origin", async (proof) => {
    const bed = bedWith(proof);
    bed.project.apis.push(apiOf({ api: "other", host: "other.test", token, proof }));
    const hops = ["https://other.test/x", "https://evil.test/y"];
    bed.upstream = () => {
      const location = hops[bed.sent.length - 1];
      return location === undefined ? { status: 200 } : { status: 302, headers: [["location", location]] };
    };
    await bed.agent.fetch(`${host}/a`);
    expect(bed.sent.map((request) => request.host)).toEqual(["api.nasa.gov", "other.test", "evil.test"]);
    expect(bed.sent.slice(1).map((request) => request.headers)).toEqual([[], []]);
  });

  it("is made again for each hop of the same origin, over the URL of that hop", async () => {
    const bed = bedWith("httpsig");
    bed.upstream = () => (bed.sent.length === 1 ? { status: 307, headers: [["location", "/b"]] } : { status: 200 });
    await bed.agent.fetch(`${host}/a`, { method: "POST", body: "x" });
    expect(bed.sent.map((request) => [request.target, isSigned(bed, request)])).toEqual([
      ["/a", true],
      ["/b", true],
    ]);
  });

  it("is left out with the token where the service is away and the host may go without", async () => {
    const bed = bedWith("dpop", { whenUnavailable: "proceed" });
    bed.project.secrets = [];
    await bed.agent.refresh();
    bed.service.middleman = () => null;
    await bed.time.advance(301_000);
    expect((await bed.agent.fetch(`${host}/a`)).status).toBe(200);
    expect(bed.sent[0]?.headers).toEqual([]);
  });

  it("is made by the key that took the place of one the platform lost", async () => {
    const bed = bedWith("dpop");
    await bed.agent.fetch(`${host}/a`);
    const [lost] = bed.keys.aliases();
    bed.keys.lose(lost ?? "");
    await bed.agent.fetch(`${host}/b`);
    expect((await dpopOf(bed, bed.sent[1])).htu).toBe(`${host}/b`);
    expect(bed.keys.aliases()).not.toContain(lost);
    expect(bed.agent.state().reason).toBe("key_lost");
  });

  it("drives at most one enrolment an hour, however often a key is lost, also for calls at once", async () => {
    const bed = bedWith("dpop");
    await bed.agent.fetch(`${host}/a`);
    bed.keys.lose(bed.keys.aliases()[0] ?? "");
    await Promise.all([1, 2, 3].map(() => bed.agent.fetch(`${host}/b`)));
    expect(bed.keys.made()).toBe(2);
    bed.keys.lose(bed.keys.aliases()[0] ?? "");
    expect(await codeOf(bed.agent.fetch(`${host}/c`))).toBe("enrolment_limited");
    expect([bed.keys.made(), bed.sent.length]).toEqual([2, 4]);
  });

  it("is not sent where a severe signal wiped the session while the key was at work", async () => {
    const bed = bedWith("httpsig");
    await bed.agent.fetch(`${host}/a`);
    const { httpSignature } = bed.keys;
    bed.keys.httpSignature = async (alias, request) => {
      bed.seen.push({ name: "hook", count: 1, ageSeconds: 0 });
      await bed.agent.refresh();
      return httpSignature(alias, request);
    };
    expect(await codeOf(bed.agent.fetch(`${host}/b`))).toBe("token_unavailable");
    expect(bed.sent).toHaveLength(1);
  });

  it("that the platform cannot make now fails with key_unavailable, and nothing is sent", async () => {
    const bed = bedWith("dpop");
    bed.keys.dpop = async () => {
      throw new Error("the key store hangs");
    };
    expect(await codeOf(bed.agent.fetch(`${host}/a`))).toBe("key_unavailable");
    expect(bed.sent).toEqual([]);
  });
});
