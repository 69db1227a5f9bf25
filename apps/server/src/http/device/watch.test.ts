import { formatSignature, type SealedSession, signatureBase } from "@countersign/protocol";
import { hmacSha256 } from "@countersign/protocol/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMemoryLedger } from "../../ephemeral/memory-ledger.ts";
import { createLog } from "../../log/create-log.ts";
import { createHttpServer } from "../server.ts";
import { type DeviceLab, openDeviceLab } from "./device-lab.suite.ts";
import { watchRoute } from "./watch-route.ts";

const actor = { id: "lab", name: "lab" };
let nonces = 0;

describe("GET /v1/watch", () => {
  let lab: DeviceLab;
  beforeAll(async () => {
    lab = await openDeviceLab({
      limits: {
        watchStreams: 2,
        watchesPerInstancePerMinute: 4,
        challengesPerMinute: 1000,
        enrolmentsPerMinute: 1000,
      },
    });
  });
  afterAll(() => lab.close());

  interface Watching {
    readonly session: SealedSession;
    readonly instance: string;
  }

  async function session(): Promise<Watching> {
    const instance = lab.instanceOf(lab.pixel());
    await instance.enrol();
    const prepared = await instance.prepareSession();
    const answer = await lab.send("POST", prepared.path, prepared.body);
    const opened = await lab.sessionIn(prepared, answer.body);
    if (opened === null) throw new TypeError("no session");
    return {
      session: opened,
      instance: (JSON.parse(Buffer.from(prepared.statement).toString()) as { instance: string }).instance,
    };
  }

  function headersFor(
    { session: { pass, proofKey, session: keyid } }: Watching,
    change: { createdSeconds?: number; target?: string; nonce?: string } = {},
  ) {
    const created = change.createdSeconds ?? Math.floor(lab.nowMs() / 1000);
    nonces += 1;
    const nonce = change.nonce ?? `nonce-${nonces}`;
    const targetUri = `${lab.service().origin}${change.target ?? `/v1/watch?project=${lab.project}`}`;
    const base = signatureBase(
      { method: "GET", targetUri, contentDigest: null, header: { name: "countersign-pass", value: pass } },
      { created, expires: created + 60, nonce, keyid },
    );
    if (!base.ok) throw new TypeError(base.detail);
    const mac = hmacSha256(Buffer.from(proofKey, "base64url"), base.value.base);
    return { "countersign-pass": pass, "signature-input": base.value.signatureInput, signature: formatSignature(mac) };
  }

  /** Opens a stream; `next` gives the generations as they come, null when it has ended. */
  async function open(watching: Watching, headers = headersFor(watching)) {
    const response = await fetch(`${lab.service().origin}/v1/watch?project=${lab.project}`, { headers });
    if (response.status !== 200)
      return {
        status: response.status,
        code: ((await response.json()) as { code: string }).code,
        next: async () => null,
        stop: async () => {},
      };
    const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader();
    let text = "";
    const next = async (): Promise<number | null> => {
      for (;;) {
        const line = /^data: (\d+)\n\n/.exec(text);
        if (line !== null) {
          text = text.slice(line[0].length);
          return Number(line[1]);
        }
        const { done, value } = await reader.read();
        if (done) return null;
        text += Buffer.from(value).toString();
      }
    };
    return { status: 200, code: null, next, stop: () => reader.cancel() };
  }

  it("gives the generation of the session first, and another after each change", async () => {
    const watching = await session();
    const stream = await open(watching);
    const first = await stream.next();
    expect(first).toBe(watching.session.watch?.generation);
    await lab.service().domain.admin.rotateSecret(actor, lab.project, "nasa-key", { value: "another-value" });
    expect(await stream.next()).not.toBe(first);
    await stream.stop();
  });

  it("tells a banned instance at once, and no other", async () => {
    const [banned, other] = [await session(), await session()];
    const [mine, theirs] = [await open(banned), await open(other)];
    const before = [await mine.next(), await theirs.next()];
    await lab.ban(banned.instance);
    expect(await mine.next()).not.toBe(before[0]);
    const again = await open(banned);
    expect([again.status, again.code]).toEqual([403, "pass_withdrawn"]);
    await mine.stop();
    await theirs.stop();
  });

  it("keeps one stream for each instance: the older is ended", async () => {
    const watching = await session();
    const older = await open(watching);
    await older.next();
    const younger = await open(watching);
    expect(await younger.next()).toBeTypeOf("number");
    expect(await older.next()).toBeNull();
    await younger.stop();
  });

  it("answers unavailable over its budget, and sessions are served on", async () => {
    const streams = [await open(await session()), await open(await session())];
    const third = await session();
    const refused = await open(third);
    expect([refused.status, refused.code]).toEqual([503, "unavailable"]);
    expect((await session()).session.verdict).toBe("trusted");
    for (const stream of streams) await stream.stop();
  });

  it("refuses a MAC that is missing, altered, replayed, of another target or out of time", async () => {
    const watching = await session();
    const good = headersFor(watching);
    const statuses = [
      await open(watching, { ...good, signature: "" }),
      await open(watching, { ...good, signature: formatSignature(new Uint8Array(32)) }),
      await open(watching, headersFor(watching, { target: "/v1/watch?project=other" })),
      await open(watching, headersFor(watching, { createdSeconds: Math.floor(lab.nowMs() / 1000) - 62 })),
      await open(watching, { ...good, "countersign-pass": "AQEB" }),
    ];
    expect(statuses.map((each) => each.code)).toEqual([
      "signature_invalid",
      "signature_invalid",
      "signature_invalid",
      "signature_invalid",
      "pass_invalid",
    ]);
    const stream = await open(watching, good);
    expect(stream.status).toBe(200);
    expect((await open(watching, good)).code).toBe("request_replayed");
    await stream.stop();
  });

  it("asks an instance over its requests a minute to slow down, and serves every other", async () => {
    const watching = await session();
    for (let calls = 0; calls < 4; calls += 1) await (await open(watching)).stop();
    const refused = await open(watching);
    expect([refused.status, refused.code]).toEqual([429, "slow_down"]);
    const other = await open(await session());
    expect(other.status).toBe(200);
    await other.stop();
  });

  it("takes no request again after a restart, and serves new passes at once", async () => {
    const watching = await session();
    const headers = headersFor(watching);
    await (await open(watching, headers)).stop();
    await lab.restart();
    expect((await open(watching, headers)).code).toBe("request_replayed");
    const younger = await open(await session());
    expect(younger.status).toBe(200);
    await younger.stop();
  });

  it("holds no stream for a caller who went away while it was checked", async () => {
    const watching = await session();
    const { contexts, standing, clock, changes, budgets } = lab.service().domain.device;
    let entered = (): void => {};
    const inside = new Promise<void>((resolve) => {
      entered = resolve;
    });
    let release = (_isNew: boolean): void => {};
    const gate = new Promise<boolean>((resolve) => {
      release = resolve;
    });
    const once = () => {
      entered();
      return gate;
    };
    let watched = 0;
    const counted = {
      ...changes,
      watch: (watcher: Parameters<typeof changes.watch>[0]) => {
        watched += 1;
        return changes.watch(watcher);
      },
    };
    const { origin } = lab.service();
    const ledger = { ...createMemoryLedger({ nowMs: () => 0 }), once };
    const deps = { contexts, standing, ledger, budgets, clock, origins: () => [origin] };
    const app = await createHttpServer({
      log: createLog({ level: "silent" }),
      version: "0",
      isReady: async () => true,
      routes: [watchRoute({ deps, changes: counted })],
    });
    await app.listen({ host: "127.0.0.1", port: 0 });
    const address = app.server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const gone = new Promise<void>((resolve) => {
      app.server.once("request", (_request, response) => response.once("close", () => resolve()));
    });
    const abort = new AbortController();
    const call = fetch(`http://127.0.0.1:${port}/v1/watch?project=${lab.project}`, {
      headers: headersFor(watching),
      signal: abort.signal,
    }).catch(() => null);
    await inside;
    abort.abort();
    await call;
    await gone;
    release(true);
    await app.close();
    expect(watched).toBe(0);
  });

  it("refuses a pass that has ended", async () => {
    const watching = await session();
    lab.advance(301_000);
    expect((await open(watching)).code).toBe("pass_invalid");
  });

  it("goes on for a banned instance of a project with decoys, by its old pass and by a decoy's, as if nothing were", async () => {
    const { admin } = lab.service().domain;
    const {
      id: _,
      createdAtMs: _at,
      token: _token,
      decoyAnswer: _answer,
      ...api
    } = await admin.showApi(lab.project, "nasa");
    await admin.putApi(actor, lab.project, "nasa", { ...api, token: null }, "replace");
    await lab.change({ decoy: true });
    const instance = lab.instanceOf(lab.pixel());
    await instance.enrol();
    const watch = async (): Promise<string | null> => {
      const prepared = await instance.prepareSession({ challenge: await lab.exchange.challenge(lab.project) });
      const opened = await lab.sessionIn(prepared, (await lab.send("POST", prepared.path, prepared.body)).body);
      if (opened === null) throw new TypeError("no session");
      const { instance: id } = JSON.parse(Buffer.from(prepared.statement).toString()) as { instance: string };
      const watching = { session: opened, instance: id };
      await lab.ban(id);
      const stream = await open(watching);
      const generation = await stream.next();
      await stream.stop();
      return stream.code ?? (typeof generation === "number" ? null : "silent");
    };
    expect([await watch(), await watch()]).toEqual([null, null]);
    await lab.change({ decoy: false });
  });
});
