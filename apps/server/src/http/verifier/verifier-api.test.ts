import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openVerifierLab, type VerifierLab } from "./verifier-lab.suite.ts";

const consume = "/v1/tokens/consume";
const reports = "/v1/reports";
const question = { v: 1, api: "limited", token: "x.y.z" };
const counts = { verified: 0, outdated: 0, unknownOrigin: 0, invalid: 0, reused: 0, decoys: 0 };
const hourMs = 3_600_000;

let backend: VerifierLab;
beforeAll(async () => {
  backend = await openVerifierLab({ limits: { consumesPerVerifierPerMinute: 40, reportsPerVerifierPerMinute: 60 } });
  // To the middle of an hour: counts belong to the hour of their report.
  backend.lab.advance(1.5 * hourMs - (backend.lab.nowMs() % hourMs));
});
afterAll(() => backend.lab.close());

let nonces = 0;
const report = (more: object = {}) => {
  nonces += 1;
  const nowMs = backend.lab.nowMs();
  return {
    v: 1,
    api: "limited",
    counts,
    fromMs: nowMs - 60_000,
    toMs: nowMs,
    nonce: `nonce-of-report-${nonces}`,
    ...more,
  };
};

describe.each([consume, reports])("%s", (path) => {
  const good = (): object => (path === consume ? question : report());

  it("answers no one without a valid credential, before it reads a body", async () => {
    const other = `csv_${"A".repeat(43)}`;
    for (const credential of [null, "csa_x", other, `${backend.credential}A`]) {
      const { status, body, headers } = await backend.post(path, "{not json", credential);
      expect([status, body.code, headers.get("www-authenticate")]).toEqual([401, "verifier_unauthorized", "Bearer"]);
    }
  });

  it("refuses what is not of its form", async () => {
    const wrong = [
      "",
      "[]",
      "null",
      `{"v":1,"v":1}`,
      { ...good(), api: "No Id" },
      { ...good(), api: undefined },
      { ...good(), v: "1" },
      path === consume ? { ...good(), token: 7 } : { ...good(), nonce: "short" },
    ];
    for (const body of wrong) {
      expect([body, (await backend.post(path, body)).body.code]).toEqual([body, "malformed"]);
    }
    expect((await backend.post(path, { ...good(), v: 2 })).body).toMatchObject({
      code: "unsupported_version",
      supported: [1],
    });
    expect((await backend.post(path, `"${"x".repeat(17 * 1024)}"`)).body.code).toBe("too_large");
  });

  it("answers nothing about an API that is not there, has no tokens, or is not the credential's", async () => {
    const of = (api: string) => ({ ...good(), api });
    expect((await backend.post(path, of("nowhere"))).body.code).toBe("not_found");
    expect((await backend.post(path, of("plain"), backend.narrow)).body.code).toBe("not_found");
    expect((await backend.post(path, of("limited"), backend.narrow)).status).toBe(200);
  });

  it("hears no credential that was removed, or whose API was", async () => {
    const { lab, actor } = backend;
    const { admin } = lab.service().domain;
    const name = `gone-${path === consume ? "1" : "2"}`;
    const { credential } = await admin.addVerifier(actor, lab.project, { name });
    expect((await backend.post(path, good(), credential)).status).toBe(200);
    await admin.removeVerifier(actor, lab.project, name);
    expect((await backend.post(path, good(), credential)).status).toBe(401);
    await backend.putApi(name, { header: "x-token" });
    const bound = await admin.addVerifier(actor, lab.project, { name: `${name}-api`, api: name });
    await admin.removeApi(actor, lab.project, name);
    expect((await backend.post(path, good(), bound.credential)).status).toBe(401);
  });

  it("answers so many calls of one credential a minute, and others all the while", async () => {
    const { lab, actor } = backend;
    const { credential } = await lab
      .service()
      .domain.admin.addVerifier(actor, lab.project, { name: `busy-${path === consume ? "1" : "2"}` });
    const answers = [];
    for (let at = 0; at < 62; at += 1) answers.push((await backend.post(path, good(), credential)).status);
    expect(answers.filter((status) => status === 200)).toHaveLength(path === consume ? 40 : 60);
    expect(answers.at(-1)).toBe(429);
    expect((await backend.post(path, good(), backend.narrow)).status).toBe(200);
  });

  it("is unavailable, and accepts nothing, where the record or the ledger does not answer", async () => {
    const { store, ledger } = backend.lab.service().domain.device;
    const { verifiers } = store as { verifiers: { byTokenHash: (hash: string) => Promise<unknown> } };
    const readable = verifiers.byTokenHash;
    verifiers.byTokenHash = () => Promise.reject(new Error("gone away"));
    expect((await backend.post(path, good())).body).toMatchObject({ status: 503, code: "unavailable" });
    verifiers.byTokenHash = readable;
    const { take } = ledger;
    ledger.take = () => Promise.reject(new Error("gone away"));
    expect((await backend.post(path, good())).body).toMatchObject({ status: 503, code: "unavailable" });
    ledger.take = take;
    expect((await backend.post(path, good(), backend.narrow)).status).toBe(200);
  });
});

describe("a consume that the ledger does not answer", () => {
  it.each(["epochMs", "once"] as const)("is unavailable (%s)", async (name) => {
    const instance = backend.lab.instanceOf(backend.lab.pixel());
    await instance.enrol();
    const token = await backend.tokenOf(instance, "limited");
    const ledger = backend.lab.service().domain.device.ledger as unknown as Record<string, unknown>;
    const working = ledger[name];
    ledger[name] = () => Promise.reject(new Error("gone away"));
    const body = { ...question, token };
    expect((await backend.post(consume, body, backend.narrow)).body).toMatchObject({
      status: 503,
      code: "unavailable",
    });
    ledger[name] = working;
    expect((await backend.post(consume, body, backend.narrow)).body).toMatchObject({
      ok: true,
      alreadyConsumed: false,
    });
  });
});

describe("POST /v1/reports", () => {
  const traffic = (hours = 2, api = "plain") =>
    backend.lab.service().domain.admin.showTraffic(backend.lab.project, api, hours);
  const send = (more: object, credential = backend.credential) =>
    backend.post(reports, report({ api: "plain", ...more }), credential);

  it("adds each report once, by its nonce, to what operators see", async () => {
    const seen = { ...counts, verified: 90, outdated: 4, unknownOrigin: 3, invalid: 2, reused: 1, decoys: 1 };
    const reasons = { token_missing: 7, decoy: 1, token_expired: 1, of_a_later_release: 5 };
    const nonce = "3f1b2c4d-0000-4000-8000-000000000001";
    expect((await send({ counts: seen, reasons, nonce })).body).toEqual({ ok: true, added: true });
    expect((await send({ counts: seen, reasons, nonce })).body).toEqual({ ok: true, added: false });
    expect((await send({ counts: { ...counts, verified: 10 } })).body).toEqual({ ok: true, added: true });
    expect(await traffic()).toMatchObject({
      api: "plain",
      requests: 110,
      counts: { verified: 100, outdated: 4, unknownOrigin: 3, invalid: 2, reused: 1 },
      decoys: 1,
      refusable: 10,
      reasons: { token_missing: 7, decoy: 1, token_expired: 1 },
    });
    expect(await traffic(2, "limited")).toMatchObject({ requests: 0 });
  });

  it.each([
    ["a count below zero", { counts: { ...counts, verified: -1 } }],
    ["a count that is not whole", { counts: { ...counts, verified: 1.5 } }],
    ["a count past a thousand million", { counts: { ...counts, verified: 1_000_000_001 } }],
    ["a bucket missing", { counts: { verified: 1 } }],
    ["too many reasons", { reasons: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`r${i}`, 1])) }],
    ["a count of a reason below zero", { reasons: { token_missing: -1 } }],
    ["a nonce that is none", { nonce: "x".repeat(65) }],
  ])("refuses %s", async (_name, more) => {
    expect((await send(more)).body.code).toBe("malformed");
  });

  it("takes no report of hours ago, of the time to come, or that ends before it begins", async () => {
    const nowMs = backend.lab.nowMs();
    for (const [fromMs, toMs] of [
      [nowMs - 2 * hourMs - 5000, nowMs],
      [nowMs, nowMs + 120_000],
      [nowMs, nowMs - 1],
    ])
      expect((await send({ fromMs, toMs })).body.code).toBe("malformed");
    expect((await send({ fromMs: nowMs - 2 * hourMs + 30_000, toMs: nowMs - hourMs })).status).toBe(200);
  });

  it("counts in the hour in which the report ends", async () => {
    await backend.putApi("hourly", { header: "x-token" });
    const nowMs = backend.lab.nowMs();
    const times = { fromMs: nowMs - hourMs - 60_000, toMs: nowMs - hourMs };
    await send({ api: "hourly", counts: { ...counts, verified: 5 }, ...times });
    expect(await traffic(1, "hourly")).toMatchObject({ requests: 0 });
    expect(await traffic(2, "hourly")).toMatchObject({ requests: 5 });
  });
});
