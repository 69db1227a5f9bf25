import { createHash, createHmac } from "node:crypto";
import { decoyValueInput } from "@countersign/protocol";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { AlarmView } from "../../domain/admin/alarms.ts";
import { openVerifierLab, type VerifierLab } from "../verifier/verifier-lab.suite.ts";

let backend: VerifierLab;
let project = "";
let other = "";
const admin = () => backend.lab.service().domain.admin;
const actor = { id: "lab", name: "lab" };

/** Open alarms of the project; afterwards all are acknowledged. */
async function open(of = project): Promise<readonly AlarmView[]> {
  const alarms = await admin().listAlarms(of, { open: true, limit: 1000 });
  for (const { id } of alarms) await admin().acknowledgeAlarm(actor, of, id);
  return alarms;
}
const plant = async (name: string, of = project): Promise<string> =>
  (await admin().addDecoy(actor, of, { name, like: "sk_live_{alnum*24}" })).value;

beforeAll(async () => {
  backend = await openVerifierLab({ limits: { reportsPerVerifierPerMinute: 10_000 } });
  ({ project } = backend.lab);
  other = (await admin().createProject(actor, { name: "other", kind: "development" })).id;
});
afterEach(async () => {
  backend.lab.advance(61_000);
  await open();
});
afterAll(() => backend.lab.close());

const request = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(backend.lab.service().origin + path, init);

describe("a hook for reports", () => {
  const report = async (
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<readonly [number, string]> => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const answer = await request(path, { method: "POST", headers: { "user-agent": "agent", ...headers }, body: text });
    return [answer.status, await answer.text()];
  };
  const made = async (name: string, decoy?: string, of = project) => {
    const { url, token } = await admin().addAlarmHook(actor, of, { name, ...(decoy !== undefined && { decoy }) });
    return { path: new URL(url).pathname, token };
  };

  it("takes a report by its URL and by its token, and says the same whatever it was sent", async () => {
    await plant("reported");
    const { path, token } = await made("partner", "reported");
    const bearer = { authorization: `Bearer ${token}` };
    const taken = [202, '{"ok":true}'];
    expect(await report(path, {})).toEqual(taken);
    expect(await report(`/v1/alarms/${project}`, { text: "<script>" }, bearer)).toEqual(taken);
    for (const body of ["", "no json", "[]", "7", "null", '{"text":{}}', '{"a":1,"a":2}', '{"decoy":7}'])
      expect([body, ...(await report(path, body))]).toEqual([body, ...taken]);
    const [alarm, ...more] = await open();
    expect(more).toEqual([]);
    expect(alarm).toMatchObject({ kind: "reported", decoy: "reported", where: "webhook", count: 10 });
    expect(alarm?.who).toEqual({ hook: "partner", network: expect.any(String), userAgent: "agent" });
  });

  it("knows a decoy by its name alone, of its own project, and only where the hook has none", async () => {
    await plant("named");
    await plant("elsewhere", other);
    const { path } = await made("any");
    for (const [decoy, expected] of [
      ["named", "named"],
      ["elsewhere", null],
      ["nobody", null],
      ["__proto__", null],
    ] as const) {
      await report(path, { decoy });
      expect((await open()).map((alarm) => alarm.decoy)).toEqual([expected]);
    }
    const fixed = await made("fixed", "named");
    await report(fixed.path, { decoy: "reported" });
    expect((await open()).map((alarm) => alarm.decoy)).toEqual(["named"]);
  });

  it("keeps of what it is sent a few printable characters, and nothing that could be a key", async () => {
    const value = await plant("leaked");
    const { path } = await made("words");
    const text = `\u001b[31m${value}\r\n\u202e<b>${"word ".repeat(200)}`;
    await report(path, { text, token: "x", more: [value] }, { "user-agent": `${value} ${"a b ".repeat(99)}` });
    const [alarm] = await open();
    expect(alarm?.who.text).toMatch(/^[ -~]{1,256}$/);
    expect(alarm?.who.userAgent).toMatch(/^[ -~]{1,120}$/);
    expect(JSON.stringify(alarm)).not.toContain(value.slice(8));
    expect(Object.keys(alarm?.who ?? {})).toEqual(["hook", "network", "userAgent", "text"]);
  });

  it("is not there for another's token, in another project, after its removal, or for guesses, whose number is bounded", async () => {
    const { path, token } = await made("gone");
    const foreign = await made("foreign", undefined, other);
    const missing = async (to: string, headers = {}): Promise<number> => (await report(to, {}, headers))[0];
    expect(await missing(`/v1/alarms/${other}/${token}`)).toBe(404);
    expect(await missing(`/v1/alarms/${project}/${foreign.token}`)).toBe(404);
    expect(await missing(`/v1/alarms/${project}`)).toBe(404);
    expect(await missing(`/v1/alarms/${project}`, { authorization: "Bearer csh_" })).toBe(404);
    expect(await missing(`/v1/alarms/${project}/${token.slice(0, -1)}`)).toBe(404);
    await admin().removeAlarmHook(actor, project, "gone");
    expect(await missing(path)).toBe(404);
    const guesses = await Promise.all(
      Array.from({ length: 30 }, (_, at) => missing(`/v1/alarms/${project}/csh_${String(at).padStart(43, "0")}`)),
    );
    expect(guesses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(15);
    expect(await open()).toEqual([]);
    expect(await open(other)).toEqual([]);
    // Whoever has a token is heard all the same.
    expect(await missing(`/v1/alarms/${other}/${foreign.token}`)).toBe(202);
    await open(other);
  });

  it("bounds how often one hook is heard, and how much it may send", async () => {
    const { path } = await made("flood");
    const statuses = await Promise.all(Array.from({ length: 200 }, async () => (await report(path, {}))[0]));
    expect(statuses.filter((status) => status === 202)).toHaveLength(60);
    expect(statuses.filter((status) => status === 429)).toHaveLength(140);
    backend.lab.advance(61_000);
    expect((await report(path, JSON.stringify({ text: "x".repeat(17_000) })))[0]).toBe(413);
    expect((await open()).map(({ count }) => count)).toEqual([60]);
  });
});

describe("a list of decoys for verifiers", () => {
  interface List {
    readonly salt: string;
    readonly decoys: readonly { readonly length: number; readonly hash: string }[];
  }
  const listOf = async (credential: string): Promise<List> => {
    const answer = await request("/v1/decoys", { headers: { authorization: `Bearer ${credential}` } });
    expect(answer.status).toBe(200);
    return (await answer.json()) as List;
  };
  const hashOf = ({ salt }: List, value: string): string =>
    createHmac("sha256", Buffer.from(salt, "base64url"))
      .update(createHash("sha256").update(decoyValueInput(value)).digest())
      .digest("base64url");
  let nonces = 0;
  const report = async (api: string, spotted: unknown, credential?: string) => {
    nonces += 1;
    const nowMs = backend.lab.nowMs();
    const counts = { verified: 0, outdated: 0, unknownOrigin: 1, invalid: 0, reused: 0, decoys: 0 };
    const body = {
      v: 1,
      api,
      counts,
      fromMs: nowMs,
      toMs: nowMs,
      nonce: `nonce-${String(nonces).padStart(20, "0")}`,
      spotted,
    };
    return { status: (await backend.post("/v1/reports", body, credential)).status, body };
  };

  it("has lengths and hashes under a salt of each credential's own, and neither names nor values", async () => {
    const value = await plant("for-verifiers");
    const [one, two] = [await listOf(backend.credential), await listOf(backend.narrow)];
    expect(one.decoys.map(({ hash }) => hash)).toContain(hashOf(one, value));
    expect(two.decoys.map(({ hash }) => hash)).toContain(hashOf(two, value));
    expect(await listOf(backend.credential)).toEqual(one);
    expect(one.salt).not.toBe(two.salt);
    const hashes = new Set(one.decoys.map(({ hash }) => hash));
    expect(two.decoys.filter(({ hash }) => hashes.has(hash))).toEqual([]);
    expect(JSON.stringify(one)).not.toMatch(new RegExp(`for-verifiers|${value}`));
    expect((await request("/v1/decoys")).status).toBe(401);
  });

  it("makes a report of one of its hashes an alarm, once for each nonce", async () => {
    const value = await plant("reported-by-backend");
    const hash = hashOf(await listOf(backend.credential), value);
    const { body } = await report("plain", [{ hash, uses: 5 }]);
    expect((await backend.post("/v1/reports", body)).body).toEqual({ ok: true, added: false });
    const alarms = await open();
    expect(alarms).toMatchObject([
      { kind: "decoy_secret_used", decoy: "reported-by-backend", where: "verifier", count: 5 },
    ]);
    expect(alarms[0]?.who).toEqual({ api: "plain", verifier: "backend" });
  });

  it("takes no hash of another credential, of another project, or of nobody for a use, and no report of another API", async () => {
    const value = await plant("not-forged");
    const foreign = await plant("foreign", other);
    const { credential: stranger } = await admin().addVerifier(actor, other, { name: "stranger" });
    const [own, theirs, abroad] = [
      await listOf(backend.credential),
      await listOf(backend.narrow),
      await listOf(stranger),
    ];
    for (const hash of [hashOf(theirs, value), hashOf(abroad, foreign), hashOf(own, foreign), "A".repeat(43)])
      expect((await report("plain", [{ hash, uses: 1 }])).status).toBe(200);
    expect((await report("plain", [{ hash: hashOf(theirs, value), uses: 1 }], backend.narrow)).status).toBe(404);
    expect((await report("plain", [{ hash: hashOf(own, value), uses: 1 }], stranger)).status).toBe(404);
    for (const spotted of [
      {},
      "x",
      [{ hash: hashOf(own, value) }],
      [{ hash: "short", uses: 1 }],
      [{ hash: hashOf(own, value), uses: 0 }],
    ])
      expect((await report("plain", spotted)).status).toBe(400);
    const many = Array.from({ length: 33 }, () => ({ hash: hashOf(own, value), uses: 1 }));
    expect((await report("plain", many)).status).toBe(400);
    expect(await open()).toEqual([]);
    expect(await open(other)).toEqual([]);
  });
});

describe("requests that use a decoy", () => {
  it("raise one alarm however it is spelled and however often, and are answered as any other", async () => {
    const value = await plant("spelled");
    const path = `/b/${project}/plain/v1`;
    const ask = async (to: string, headers: Record<string, string> = {}) => {
      const answer = await request(to, { headers });
      return [answer.status, await answer.text()];
    };
    const ordinary = await ask(path);
    const basic = `Basic ${Buffer.from(`user:${value}`).toString("base64")}`;
    const ways: readonly Record<string, string>[] = [
      { "x-api-key": value },
      { authorization: basic },
      { cookie: `k=${value}` },
    ];
    for (const headers of ways) expect(await ask(path, headers)).toEqual(ordinary);
    expect(await ask(`${path}?api_key=${value}`)).toEqual(ordinary);
    expect(await ask(`${path}/bot${value}/${value}`)).toEqual(ordinary);
    expect(await open()).toMatchObject([{ decoy: "spelled", where: "broker", count: 5 }]);
  });

  it("are found by no value of another project or of another length, and no API is believed that is not there", async () => {
    const [value, foreign] = [await plant("own"), await plant("theirs", other)];
    await request(`/b/${project}/plain/v1`, { headers: { "x-api-key": foreign } });
    await request(`/b/${project}/plain/v1`, { headers: { "x-api-key": `${value}x` } });
    expect(await open()).toEqual([]);
    await request(`/b/${project}/no-such-api/v1`, { headers: { "x-api-key": value } });
    expect((await open()).map(({ who }) => Object.keys(who))).toEqual([["network"]]);
  });

  it("are heeded beside thousands of other values, and headers of 15 KiB cost what 64 values cost", async () => {
    const value = await plant("hidden");
    const cookie = Array.from({ length: 300 }, (_, at) => `k${at}=sk_live_${String(at).padStart(24, "0")}`).join("; ");
    await request(`/b/${project}/plain/v1`, { headers: { cookie, authorization: `Bearer ${value}` } });
    expect(await open()).toMatchObject([{ decoy: "hidden", count: 1 }]);
  });
});
