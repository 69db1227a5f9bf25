import { get } from "node:https";
import type { TLSSocket } from "node:tls";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { findLeaks } from "../../../../testing/leak-detector.ts";
import { createTlsAuthority } from "../../../../testing/tls-authority.ts";
import { type BrokerOptions, composeBroker } from "../compose-broker.ts";
import { secretValue } from "../http/device/device-lab.suite.ts";
import { type AloneLab, actor, brokeredValue, openAloneLab } from "./alone-lab.suite.ts";

let alone: AloneLab;
beforeEach(async () => {
  alone = await openAloneLab();
});
afterEach(() => alone.close());

const admin = () => alone.lab.service().domain.admin;
const soon = { timeout: 5_000, interval: 10 };

it("uses a brokered secret for a genuine instance, on a machine that has neither record nor seed", async () => {
  const broker = await alone.start();
  expect(broker.isReady()).toBe(true);
  const { session } = await alone.caller();
  expect(await alone.call(broker.origin, session)).toBe("ok");
  expect(alone.asked).toEqual([`/v1/list?key=${brokeredValue}`]);
  expect(await (await fetch(`${broker.origin}/readyz`)).json()).toEqual({ status: "ready" });
  for (const path of ["/", "/v1/sessions", "/admin/v1/status", "/b/x/photos/v1"])
    expect([path, (await fetch(broker.origin + path)).status]).toEqual([path, 404]);
  const log = Buffer.from(alone.lines.join("\n"));
  for (const value of [brokeredValue, secretValue, alone.credential.slice(4, 47), session.pass])
    expect(findLeaks(log, Buffer.from(value))).toEqual([]);
});

it("takes no request that was signed for the service, none twice, and the service none that was signed for it", async () => {
  const broker = await alone.start();
  const service = alone.lab.service().origin;
  const { session } = await alone.caller();
  expect(await alone.call(service, session, { at: broker.origin })).toBe("signature_invalid");
  expect(await alone.call(broker.origin, session, { at: service })).toBe("signature_invalid");
  expect(await alone.call(broker.origin, session, { nonce: "once" })).toBe("ok");
  expect(await alone.call(broker.origin, session, { nonce: "once" })).toBe("request_replayed");
  expect(alone.asked).toHaveLength(1);
});

it("follows bans, new values, modes and places within a second of the word", async () => {
  const broker = await alone.start({ freshness: { reconcileMs: 60_000, staleMs: 120_000 } });
  const [one, other] = [await alone.caller(), await alone.caller()];
  expect(await alone.call(broker.origin, one.session)).toBe("ok");
  await admin().rotateSecret(actor, alone.lab.project, "photo-key", { value: "a-second-value" });
  await vi.waitFor(async () => {
    await alone.call(broker.origin, other.session);
    expect(alone.asked.at(-1)).toBe("/v1/list?key=a-second-value");
  }, soon);
  await admin().banInstance(actor, alone.lab.project, one.instance, { reason: "test" });
  await vi.waitFor(async () => expect(await alone.call(broker.origin, one.session)).toBe("pass_withdrawn"), soon);
  expect(await alone.call(broker.origin, other.session)).toBe("ok");
  await admin().changeSecretMode(actor, alone.lab.project, "photo-key", { mode: "delivered" });
  await vi.waitFor(async () => expect(await alone.call(broker.origin, other.session)).toBe("place_refused"), soon);
});

it("uses a secret by verdict for restricted instances alone, and lets pages of any origin ask", async () => {
  const { places } = (await admin().listSecrets(alone.lab.project)).find(({ name }) => name === "photo-key") ?? {};
  if (places === undefined) throw new TypeError("no such secret");
  await admin().setSecret(actor, alone.lab.project, "photo-key", { value: "decided", mode: "by-verdict", places });
  const broker = await alone.start();
  const [trusted, restricted] = [
    await alone.caller(),
    await alone.caller([{ name: "never-heard-of", count: 1, ageSeconds: 0 }]),
  ];
  expect(restricted.session.secrets).toMatchObject([{ name: "photo-key", mode: "brokered" }]);
  expect(await alone.call(broker.origin, trusted.session)).toBe("place_refused");
  expect(await alone.call(broker.origin, restricted.session)).toBe("ok");
  expect(alone.asked).toEqual(["/v1/list?key=decided"]);
  const asks = { "access-control-request-method": "GET", "access-control-request-headers": "countersign-pass" };
  const url = `${broker.origin}/b/${alone.lab.project}/photos/v1/list`;
  const preflight = await fetch(url, { method: "OPTIONS", headers: asks });
  const allowed = ["origin", "headers"].map((what) => preflight.headers.get(`access-control-allow-${what}`));
  expect([preflight.status, ...allowed]).toEqual([204, "*", "countersign-pass"]);
});

it("serves nobody once the service has been away for too long, and everybody again when it is back", async () => {
  const broker = await alone.start();
  const { session } = await alone.caller();
  expect(await alone.call(broker.origin, session)).toBe("ok");
  await alone.lab.stop();
  await vi.waitFor(async () => expect(await alone.call(broker.origin, session)).toBe("unavailable"), soon);
  expect((await fetch(`${broker.origin}/readyz`)).status).toBe(503);
  await alone.lab.restart();
  await vi.waitFor(() => expect(broker.isReady()).toBe(true), soon);
  expect(await alone.call(broker.origin, session)).toBe("ok");
});

it("serves nobody from the moment its credential is removed", async () => {
  const broker = await alone.start({ freshness: { reconcileMs: 60_000, staleMs: 120_000 } });
  const { session } = await alone.caller();
  expect(await alone.call(broker.origin, session)).toBe("ok");
  await admin().removeBroker(actor, alone.lab.project, "edge");
  await vi.waitFor(async () => expect(await alone.call(broker.origin, session)).toBe("unavailable"), soon);
  expect(broker.isReady()).toBe(false);
});

it("is one process: the last that was started serves, and every earlier one stops", async () => {
  const first = await alone.start();
  const second = await alone.start();
  await vi.waitFor(() => expect([first.isReady(), second.isReady()]).toEqual([false, true]), soon);
  const { session } = await alone.caller();
  expect(await alone.call(first.origin, session)).toBe("unavailable");
  expect(await alone.call(second.origin, session)).toBe("ok");
});

it("serves TLS itself, at the origin that it was registered with", async () => {
  const authority = createTlsAuthority({ name: "broker", nowMs: Date.now() });
  const { cert, key } = authority.issue(["localhost"]);
  const broker = await alone.start({ tls: { cert, key } });
  const status = await new Promise((resolve, reject) => {
    const url = `https://localhost:${broker.port}/readyz`;
    get(url, { ca: authority.pem, agent: false }, (response) => {
      response.resume();
      resolve([response.statusCode, (response.socket as TLSSocket).getProtocol()]);
    }).on("error", reject);
  });
  expect(status).toEqual([200, "TLSv1.3"]);
  expect(broker.origin).toBe(`https://127.0.0.1:${broker.port}`);
});

it("says in one line why it cannot start, and leaves nothing open", async () => {
  const broker = await alone.start();
  const wrong: readonly (readonly [Partial<BrokerOptions>, string])[] = [
    [{ port: broker.port }, "port_taken"],
    [{ host: "192.0.2.1" }, "address_unavailable"],
    [{ credential: "csk_" }, "option_invalid"],
    [{ service: "http://service.example" }, "option_invalid"],
    [{ upstreamCa: "/nowhere.pem" }, "upstream_ca_unreadable"],
    [{ tls: { cert: "none", key: "none" } }, "tls_unreadable"],
  ];
  for (const [options, code] of wrong) await expect(alone.start(options)).rejects.toMatchObject({ code });
  await expect(
    composeBroker({ credential: alone.credential, host: "127.0.0.1", port: 0, staleSeconds: 31 }),
  ).rejects.toMatchObject({ code: "option_invalid" });
  expect(broker.isReady()).toBe(true);
});

it("draws on the budgets that the broker in the service draws on", async () => {
  const budgets = [{ of: "secret", limit: 2, perCall: 1, windowSeconds: 3600 } as const];
  await admin().setTerms(actor, alone.lab.project, "photo-key", { terms: { processor: null, budgets } });
  const broker = await alone.start();
  const { session } = await alone.caller();
  expect(await alone.call(broker.origin, session)).toBe("ok");
  expect(await alone.call(alone.lab.service().origin, session)).toBe("ok");
  expect(await alone.call(broker.origin, session)).toBe("slow_down");
  expect(await alone.call(alone.lab.service().origin, session)).toBe("slow_down");
});

it("spends nothing of a budget that it cannot ask for", async () => {
  const budgets = [{ of: "instance", limit: 100, perCall: 1, windowSeconds: 3600 } as const];
  await admin().setTerms(actor, alone.lab.project, "photo-key", { terms: { processor: null, budgets } });
  const broker = await alone.start({ freshness: { reconcileMs: 60_000, staleMs: 120_000 } });
  const { session } = await alone.caller();
  expect(await alone.call(broker.origin, session)).toBe("ok");
  await alone.lab.stop();
  expect([await alone.call(broker.origin, session), broker.isReady()]).toEqual(["unavailable", true]);
  expect(alone.asked).toHaveLength(1);
});
