import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Agent } from "@countersign/client";
import { createVerifier, jwks, secretKeys, type Verifier } from "@countersign/verify";
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";

const folder = mkdtempSync(join(tmpdir(), "key-rotation-"));
const stepMs = 20_000;
const longestTokenMs = 300_000;
const longestCacheMs = 300_000;
let world: DemoWorld;
let agents: readonly Agent[];

interface KeyView {
  readonly kid: string;
  readonly state: "staged" | "signing" | "retiring" | "retired";
  readonly activeFromMs: number | null;
  readonly retiresAtMs: number | null;
}

/** A backend that holds a key set for exactly as long as it was told, never asks sooner, and verifies with jose. */
class AgedCache {
  #held: { readonly keys: JSONWebKeySet; readonly untilMs: number } | null = null;
  readonly #url: string;
  constructor(url: string) {
    this.#url = url;
  }

  async accepts(token: string): Promise<boolean> {
    const nowMs = world.clock.nowMs();
    if (this.#held === null || nowMs >= this.#held.untilMs) {
      const answer = await fetch(this.#url);
      const maxAge = /(?:^|[ ,])max-age=(\d+)/.exec(answer.headers.get("cache-control") ?? "")?.[1];
      this.#held = { keys: (await answer.json()) as JSONWebKeySet, untilMs: nowMs + Number(maxAge ?? 0) * 1000 };
    }
    const options = { issuer: issuer(), audience: "orders", currentDate: new Date(nowMs), algorithms: ["ES256"] };
    return jwtVerify(token, createLocalJWKSet(this.#held.keys), { ...options, clockTolerance: 5 }).then(
      () => true,
      () => false,
    );
  }
}

const issuer = (): string => `${world.origin}/p/${world.project.id}/development`;
const base = (): string => `/projects/${world.project.id}`;
const keysOf = async (api: string): Promise<readonly KeyView[]> =>
  (await world.admin.call<{ keys: (KeyView & { api: string | null })[] }>("GET", `${base()}/token-keys`)).keys.filter(
    (key) => key.api === api,
  );
const longLived = async (api: string): Promise<string> =>
  (
    await world.admin.call<{ token: string }>("POST", `${base()}/apis/${api}/tokens/long-lived`, {
      name: "probe",
      days: 30,
    })
  ).token;

/** A new token from every agent, by a statement of its own, all at once. */
const freshTokens = (api: string): Promise<readonly string[]> =>
  Promise.all(
    agents.map(async (agent) => {
      await agent.refresh();
      return agent.getToken(api);
    }),
  );

beforeAll(async () => {
  world = await createDemoWorld({ folder, port: 0, tls: false });
  const token = { header: "Countersign-Token", prefix: "" };
  const common = { channel: "system", tokenSeconds: 300 };
  const apis = `${base()}/apis`;
  await world.admin.call("POST", apis, { id: "orders", host: "orders.example", ...common, token });
  await world.admin.call("POST", apis, {
    id: "legacy",
    host: "legacy.example",
    ...common,
    token: { ...token, alg: "HS256" },
  });
  agents = [world.devices.iphone(), world.devices.pixel(), world.devices.pixel()].map(
    (device) => world.createAgent(device, { watch: false }).agent,
  );
  for (const agent of agents) await agent.getToken("orders");
});
afterAll(async () => {
  for (const agent of agents) agent.stop();
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("keys rotate while every instance keeps asking for tokens", () => {
  test("no genuine token is refused and no retired key is accepted, by caches of every age they were told", async () => {
    const url = `${issuer()}/apis/orders/jwks.json`;
    const ours = [0, 300].map((staleWhileRevalidateSeconds) =>
      createVerifier({
        issuer: issuer(),
        audience: "orders",
        keys: jwks({ url, staleWhileRevalidateSeconds }),
        accept: ["long-lived"],
        nowMs: () => world.clock.nowMs(),
      }),
    );
    const caches: AgedCache[] = [];
    const probes = new Map<string, string>();
    const live: { readonly token: string; readonly endsMs: number }[] = [];
    const signers = new Set<string>();
    const accepted: string[] = [];
    let retiredRefused = 0;
    let checked = 0;

    for (let step = 0; step < 100; step += 1) {
      if (step % 3 === 0 && caches.length < 6) caches.push(new AgedCache(url));
      if (step === 5 || step === 45) await world.admin.call("POST", `${base()}/token-keys/rotate`, { api: "orders" });
      const [signing] = (await keysOf("orders")).filter((key) => key.state === "signing");
      if (signing !== undefined && !probes.has(signing.kid)) probes.set(signing.kid, await longLived("orders"));
      const nowMs = world.clock.nowMs();
      for (const token of await freshTokens("orders")) {
        signers.add(decodeProtectedHeader(token).kid ?? "");
        live.push({ token, endsMs: nowMs + longestTokenMs });
      }
      const judges: ((token: string) => Promise<boolean>)[] = [
        ...ours.map((verifier) => async (token: string) => (await verifier.verifyToken(token)).ok),
        ...caches.map((cache) => (token: string) => cache.accepts(token)),
      ];
      const current = live.filter(({ endsMs }) => endsMs > world.clock.nowMs());
      for (const judge of judges) {
        const verdicts = await Promise.all(current.map(({ token }) => judge(token)));
        checked += verdicts.length;
        expect(verdicts.every(Boolean), `a genuine token at step ${step}`).toBe(true);
      }
      for (const { kid, state } of await keysOf("orders")) {
        const probe = probes.get(kid);
        if (probe === undefined) continue;
        const verdicts = await Promise.all(judges.map((judge) => judge(probe)));
        if (state === "retired") {
          expect(verdicts.some(Boolean), `a retired key at step ${step}`).toBe(false);
          retiredRefused += 1;
        } else if (verdicts.every(Boolean)) accepted.push(kid);
      }
      world.clock.advance(stepMs);
    }
    expect(signers.size).toBe(3);
    expect(new Set(accepted).size).toBe(3);
    expect(retiredRefused).toBeGreaterThan(10);
    expect(checked).toBeGreaterThan(10_000);
  });

  test("a key that is withdrawn at once is accepted nowhere after the time a cache may keep it", async () => {
    const url = `${issuer()}/apis/orders/jwks.json`;
    const probe = await longLived("orders");
    const caches = [new AgedCache(url), new AgedCache(url)];
    const [first, second] = caches;
    expect(await first?.accepts(probe)).toBe(true);
    const [strict, lenient] = [0, 300].map((staleWhileRevalidateSeconds) => {
      const verifier = createVerifier({
        issuer: issuer(),
        audience: "orders",
        keys: jwks({ url, staleWhileRevalidateSeconds }),
        accept: ["long-lived"],
        nowMs: () => world.clock.nowMs(),
      });
      return async () => (await verifier.verifyToken(probe)).ok;
    });
    expect([await strict?.(), await lenient?.()]).toEqual([true, true]);
    world.clock.advance(100_000);
    expect(await second?.accepts(probe)).toBe(true);
    await world.admin.call("POST", `${base()}/token-keys/rotate`, { api: "orders", now: true });
    expect(await new AgedCache(url).accepts(probe)).toBe(false);
    for (const token of await freshTokens("orders")) expect(await new AgedCache(url).accepts(token)).toBe(true);
    world.clock.advance(longestCacheMs);
    for (const cache of caches) expect(await cache.accepts(probe)).toBe(false);
    expect(await strict?.()).toBe(false);
    // What may be used beyond its time is gone when that time is over too, however seldom the verifier is asked.
    world.clock.advance(longestCacheMs);
    expect(await lenient?.()).toBe(false);
  });

  test("a shared secret is staged, given to the backend, activated, and the old one ends", async () => {
    const exported = async (kid: string): Promise<string> =>
      (
        await world.admin.call<{ value: string }>("POST", `${base()}/token-keys/export`, {
          kid,
          format: "base64",
          reveal: true,
        })
      ).value;
    const backend = (secrets: readonly string[]): Verifier =>
      createVerifier({
        issuer: issuer(),
        audience: "legacy",
        keys: secretKeys(secrets.map((secret) => ({ secret }))),
        accept: ["long-lived"],
        nowMs: () => world.clock.nowMs(),
      });
    for (const agent of agents) await agent.getToken("legacy");
    const [old] = await keysOf("legacy");
    if (old === undefined) throw new TypeError("the API has no key");
    const oldSecret = await exported(old.kid);
    const before = backend([oldSecret]);
    for (const token of await freshTokens("legacy")) expect((await before.verifyToken(token)).ok).toBe(true);

    const staged = await world.admin.call<{ kid: string }>("POST", `${base()}/token-keys/stage`, { api: "legacy" });
    const both = backend([oldSecret, await exported(staged.kid)]);
    for (const token of await freshTokens("legacy")) expect((await both.verifyToken(token)).ok).toBe(true);
    const lastOfOld = await freshTokens("legacy");
    await world.admin.call("POST", `${base()}/token-keys/${staged.kid}/activate`, {});
    const firstOfNew = await freshTokens("legacy");
    for (const token of [...lastOfOld, ...firstOfNew]) expect((await both.verifyToken(token)).ok).toBe(true);
    for (const token of firstOfNew)
      expect(await before.verifyToken(token)).toMatchObject({ ok: false, reason: "signature_invalid" });
    world.clock.advance(longestTokenMs + 61_000);
    expect((await keysOf("legacy")).find(({ kid }) => kid === old.kid)?.state).toBe("retired");
    for (const token of await freshTokens("legacy")) expect((await both.verifyToken(token)).ok).toBe(true);
  });
});
