import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK } from "jose";
import { afterEach, describe, expect, it } from "vitest";
import { claimsOf, ecJws, issuer, nowMs, ports, reasonOf } from "../minting.suite.ts";
import { openVerifier } from "../open-verifier.ts";
import { type JwksOptions, jwks } from "./remote-jwks.ts";

const url = "https://attest.example.com/p/x/.well-known/jwks.json";
const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
const other = generateKeyPairSync("ec", { namedCurve: "P-256" });
const jwk = { ...(await exportJWK(pair.publicKey)), alg: "ES256", use: "sig", kid: "a" };
const otherJwk = { ...(await exportJWK(other.publicKey)), alg: "ES256", use: "sig", kid: "b" };

const answerOf = (
  keys: unknown,
  cacheControl: string | null = "public, max-age=100",
  other: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
) =>
  new Response(typeof keys === "string" ? keys : JSON.stringify({ keys }), {
    ...other,
    headers: { ...(cacheControl === null ? {} : { "cache-control": cacheControl }), ...other.headers },
  });

describe.each(ports)("a remote key set over %s", (_, port) => {
  /** A verifier whose key set is answered by `answer`; `at` moves its clock, in seconds. */
  function harness(options: Partial<JwksOptions> = {}) {
    const state = { asked: 0, at: 0, answer: (): Response | Promise<Response> => answerOf([jwk]) };
    const fetch: typeof globalThis.fetch = async () => {
      state.asked += 1;
      return state.answer();
    };
    const verifier = openVerifier(port, {
      issuer,
      audience: "nasa",
      keys: jwks({ url, fetch, ...options }),
      nowMs: () => nowMs + state.at * 1000,
    });
    const ask = async (kid = "a", key = pair.privateKey) => {
      const iat = nowMs / 1000 + state.at;
      const token = ecJws({ alg: "ES256", typ: "JWT", kid }, claimsOf({ iat, exp: iat + 60 }), key);
      return reasonOf(await verifier.verifyToken(token));
    };
    return { state, ask };
  }

  it("is fetched when it is first needed, once for many tokens, and kept for its max-age", async () => {
    const { state, ask } = harness();
    expect(state.asked).toBe(0);
    expect(await Promise.all([ask(), ask(), ask()])).toEqual(["ok", "ok", "ok"]);
    state.at = 99;
    expect(await ask()).toBe("ok");
    expect(state.asked).toBe(1);
  });

  it("beyond its time still counts while it is asked for again, for a bounded time", async () => {
    const { state, ask } = harness({ staleWhileRevalidateSeconds: 60 });
    await ask();
    state.answer = () => Promise.reject(new Error("down"));
    state.at = 100;
    expect(await ask()).toBe("ok");
    expect(state.asked).toBe(2);
    state.at = 159;
    expect(await ask()).toBe("ok");
    state.at = 160;
    expect(await ask()).toBe("keys_unavailable");
    state.at = 200;
    state.answer = () => answerOf([jwk]);
    expect(await ask()).toBe("ok");
  });

  it("is kept for 600 seconds at most, whatever its answer says", async () => {
    const { state, ask } = harness({ staleWhileRevalidateSeconds: 0 });
    state.answer = () => answerOf([jwk], "max-age=31536000");
    await ask();
    state.at = 599;
    await ask();
    expect(state.asked).toBe(1);
    state.at = 600;
    await ask();
    expect(state.asked).toBe(2);
  });

  it("counts its age from the question, less the Age it came with", async () => {
    const { state, ask } = harness({ staleWhileRevalidateSeconds: 0 });
    state.answer = () => answerOf([jwk], "max-age=100", { headers: { age: "40" } });
    await ask();
    state.at = 59;
    await ask();
    expect(state.asked).toBe(1);
    state.at = 60;
    await ask();
    expect(state.asked).toBe(2);
  });

  it("is asked again for an unknown key, once per cooldown, and takes the staged key", async () => {
    const { state, ask } = harness();
    await ask();
    expect(await ask("b", other.privateKey)).toBe("key_unknown");
    expect(state.asked).toBe(1);
    state.at = 30;
    state.answer = () => answerOf([jwk, otherJwk]);
    expect(await Promise.all([ask("b", other.privateKey), ask("b", other.privateKey)])).toEqual(["ok", "ok"]);
    expect(state.asked).toBe(2);
    expect(await ask("c")).toBe("key_unknown");
    expect(state.asked).toBe(2);
  });

  it("refuses a retired key at its second, from a kept set too", async () => {
    const { state, ask } = harness();
    state.answer = () => answerOf([{ ...jwk, exp: nowMs / 1000 + 50 }]);
    expect(await ask()).toBe("ok");
    state.at = 49;
    expect(await ask()).toBe("ok");
    state.at = 50;
    expect(await ask()).toBe("key_retired");
    expect(state.asked).toBe(1);
  });

  it("never takes the place of a good one where it is malformed", async () => {
    const { state, ask } = harness({ staleWhileRevalidateSeconds: 3600 });
    await ask();
    const bad: (() => Response)[] = [
      () => answerOf("{"),
      () => answerOf('{"keys":[],"keys":[]}'),
      () => answerOf("[]"),
      () => answerOf([]),
      () => answerOf({ not: "a list" }),
      () => answerOf([7]),
      () => answerOf([{ ...jwk, d: jwk.x }]),
      () => answerOf([{ ...jwk, kid: 7 }]),
      () => answerOf([{ ...jwk, exp: "soon" }]),
      () => answerOf([{ ...jwk, x: jwk.y }]),
      () => answerOf([{ kty: "oct", k: "AAAA", alg: "HS256", kid: "a" }]),
      () => answerOf([jwk], null, { status: 500 }),
      () => answerOf([jwk], null, { status: 206 }),
      () => answerOf(`{"keys":[],"x":"${"x".repeat(300_000)}"}`),
      () => answerOf(Array.from({ length: 65 }, () => jwk)),
    ];
    for (const [index, answer] of bad.entries()) {
      state.at = 100 + index * 31;
      state.answer = answer;
      await ask();
      await new Promise((resolve) => setImmediate(resolve));
      expect(state.asked, String(index)).toBe(index + 2);
      expect(await ask(), String(index)).toBe("ok");
    }
  });

  it("leaves out keys of other uses, kinds and algorithms (RFC 7517 section 5)", async () => {
    const { state, ask } = harness({ algs: ["ES256"] });
    const more = [
      { kty: "oct", k: "AAAA", kid: "x" },
      { ...otherJwk, use: "enc" },
      { ...otherJwk, alg: "ES384" },
      { kty: "OKP", crv: "X25519", x: "AA", kid: "y" },
    ];
    state.answer = () => answerOf([...more, jwk]);
    expect(await ask()).toBe("ok");
    expect(await ask("b", other.privateKey)).toBe("key_unknown");
  });

  it("that cannot be had refuses every token, and is asked for once a second", async () => {
    const { state, ask } = harness();
    state.answer = () => Promise.reject(new Error("down"));
    expect(await ask()).toBe("keys_unavailable");
    expect(await ask()).toBe("keys_unavailable");
    state.at = 0.999;
    expect(await ask()).toBe("keys_unavailable");
    expect(state.asked).toBe(1);
    state.at = 1;
    state.answer = () => answerOf([jwk]);
    expect(await ask()).toBe("ok");
    expect(await ask("b", other.privateKey)).toBe("key_unknown");
    expect(state.asked).toBe(2);
  });

  it("is taken anew by a clock that went back", async () => {
    const { state, ask } = harness();
    state.at = 3600;
    await ask();
    state.at = 0;
    state.answer = () => answerOf([jwk, otherJwk]);
    expect(await ask("b", other.privateKey)).toBe("ok");
  });

  it("that ends before the cooldown does is asked for again all the same", async () => {
    const { state, ask } = harness({ staleWhileRevalidateSeconds: 0 });
    state.answer = () => answerOf([jwk], "max-age=2");
    for (state.at = 0; state.at < 10; state.at += 1) expect(await ask(), String(state.at)).toBe("ok");
    expect(state.asked).toBe(5);
  });
});

describe("a question for a key set that is never settled", () => {
  it("is asked anew when its time is over", async () => {
    const [[, port]] = ports;
    const state = { at: 0, asked: 0 };
    const { promise: lost, resolve: late } = Promise.withResolvers<Response>();
    const fetch: typeof globalThis.fetch = async () => {
      state.asked += 1;
      return state.asked === 2 ? lost : answerOf([jwk], "max-age=100");
    };
    const verifier = openVerifier(port, {
      issuer,
      audience: "nasa",
      keys: jwks({ url, fetch, timeoutMs: 500 }),
      nowMs: () => nowMs + state.at * 1000,
    });
    const ask = async () => {
      const iat = nowMs / 1000 + state.at;
      const token = ecJws({ alg: "ES256", typ: "JWT", kid: "a" }, claimsOf({ iat, exp: iat + 60 }), pair.privateKey);
      return reasonOf(await verifier.verifyToken(token));
    };
    expect(await ask()).toBe("ok");
    state.at = 399;
    expect(await ask()).toBe("ok");
    expect(state.asked).toBe(2);
    state.at = 400;
    expect(await ask()).toBe("ok");
    expect(state.asked).toBe(3);
    // What comes after all is older than what took its place.
    late(answerOf([otherJwk], "max-age=100"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(await ask()).toBe("ok");
  });

  it("holds no request longer than its time", async () => {
    const [[, port]] = ports;
    const keys = jwks({ url, timeoutMs: 100, fetch: () => new Promise<Response>(() => {}) });
    const verifier = openVerifier(port, { issuer, audience: "nasa", keys, nowMs: () => nowMs });
    const token = ecJws({ alg: "ES256", typ: "JWT", kid: "a" }, claimsOf(), pair.privateKey);
    expect(reasonOf(await verifier.verifyToken(token))).toBe("keys_unavailable");
  });
});

describe("a remote key set on the wire", () => {
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  async function serve(answer: Parameters<typeof createServer>[1]): Promise<string> {
    const server = createServer(answer).listen(0, "127.0.0.1");
    await once(server, "listening");
    closing.push(() => server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const ask = async (options: JwksOptions): Promise<string> => {
    const [[, port]] = ports;
    const verifier = openVerifier(port, { issuer, audience: "nasa", keys: jwks(options), nowMs: () => nowMs });
    return reasonOf(
      await verifier.verifyToken(ecJws({ alg: "ES256", typ: "JWT", kid: "a" }, claimsOf(), pair.privateKey)),
    );
  };

  it("is had over loopback", async () => {
    const at = await serve((_, response) => response.end(JSON.stringify({ keys: [jwk] })));
    expect(await ask({ url: `${at}/jwks.json` })).toBe("ok");
  });

  it("is not had by a redirect", async () => {
    const at = await serve((request, response) => {
      if (request.url === "/keys") response.end(JSON.stringify({ keys: [jwk] }));
      else response.writeHead(302, { location: "/keys" }).end();
    });
    expect(await ask({ url: `${at}/keys` })).toBe("ok");
    expect(await ask({ url: `${at}/other` })).toBe("keys_unavailable");
  });

  it("is given up after its time", async () => {
    const at = await serve(() => {});
    expect(await ask({ url: at, timeoutMs: 100 })).toBe("keys_unavailable");
  });
});

describe("options of a remote key set that cannot be meant", () => {
  it.each([
    "http://attest.example.com/jwks",
    "http://127.0.0.1.example.com/jwks",
    "https://user@attest.example.com/jwks",
    "ftp://127.0.0.1/jwks",
    "jwks",
  ])("are a TypeError: %s", (bad) => {
    expect(() => jwks({ url: bad })).toThrow(TypeError);
  });

  it("are a TypeError: times out of range, algorithms of no public key", () => {
    expect(() => jwks({ url, cacheSeconds: 601 })).toThrow(TypeError);
    expect(() => jwks({ url, cooldownSeconds: 0 })).toThrow(TypeError);
    expect(() => jwks({ url, staleWhileRevalidateSeconds: Number.NaN })).toThrow(TypeError);
    expect(() => jwks({ url, timeoutMs: 1 })).toThrow(TypeError);
    expect(() => jwks({ url, algs: [] })).toThrow(TypeError);
    expect(() => jwks({ url, algs: ["HS256" as never] })).toThrow(TypeError);
  });
});
