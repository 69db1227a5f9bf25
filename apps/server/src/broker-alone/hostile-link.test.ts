import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { encodeBase64url, kidOf, toUtf8 } from "@countersign/protocol";
import { generateSessionKey, generateSigningKey, sha256, signKeyList } from "@countersign/protocol/server";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { findLeaks } from "../../../../testing/leak-detector.ts";
import {
  type BrokerKey,
  brokerCredentialOf,
  parseBrokerKey,
  type SignedCall,
  signBrokerCall,
} from "../domain/brokers/broker-credential.ts";
import { linkRequestHash, sealLinkAnswer } from "../domain/brokers/link-exchange.ts";
import { type AloneLab, actor, brokeredValue, openAloneLab } from "./alone-lab.suite.ts";
import { parseBrokerCredential } from "./parse-broker-credential.ts";
import { createServiceLink } from "./service-link.ts";

const soon = { timeout: 5_000, interval: 10 };

/** Whoever ends TLS between a broker and the service: sees all, and answers as it likes. */
interface Middle {
  readonly origin: string;
  /** Every byte that went through. */
  readonly seen: Buffer[];
  /** Answers in the service's place; false: the service does. Gets the request's body. */
  answer: (path: string, body: Buffer, response: ServerResponse) => boolean;
  /** Changes the service's answers. */
  change: (path: string, body: Buffer) => Buffer;
  close(): Promise<void>;
}

async function openMiddle(service: string): Promise<Middle> {
  const to = new URL(service);
  const seen: Buffer[] = [];
  const middle = {
    seen,
    answer: (): boolean => false,
    change: (_path: string, body: Buffer): Buffer => body,
  } as unknown as Middle & { origin: string };
  const server: Server = createServer((incoming: IncomingMessage, response: ServerResponse) => {
    const parts: Buffer[] = [];
    incoming.on("data", (part: Buffer) => parts.push(part));
    incoming.on("end", () => {
      const body = Buffer.concat(parts);
      const path = incoming.url ?? "";
      seen.push(body);
      if (middle.answer(path, body, response)) return;
      const { method = "GET", headers } = incoming;
      const onward = request({ host: to.hostname, port: to.port, path, method, headers }, (answer) => {
        if (path.endsWith("/changes")) {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
          response.on("close", () => answer.destroy());
          return;
        }
        const pieces: Buffer[] = [];
        answer.on("data", (part: Buffer) => pieces.push(part));
        answer.on("end", () => {
          const changed = middle.change(path, Buffer.concat(pieces));
          seen.push(changed);
          response.writeHead(answer.statusCode ?? 502, { "content-type": "application/json" }).end(changed);
        });
      });
      onward.on("error", () => response.destroy());
      onward.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  middle.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  middle.close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  return middle;
}

let alone: AloneLab;
let middle: Middle;
beforeEach(async () => {
  alone = await openAloneLab();
  middle = await openMiddle(alone.lab.service().origin);
});
afterEach(async () => {
  await alone.close();
  await middle.close();
});

const events = (): string[] =>
  alone.lines.flatMap((line) => {
    const { link } = JSON.parse(line) as { link?: string };
    return link === undefined ? [] : [link];
  });

let nonces = 0;

describe("whoever ends TLS between a broker and the service", () => {
  it("asks for no state of its own: what it sees of a request opens no other, and that one but once", async () => {
    const asked: { readonly header: string; readonly body: string }[] = [];
    middle.answer = (path, body, response) => {
      const header = response.req.headers["countersign-broker"];
      if (path.endsWith("/state")) asked.push({ header: String(header), body: body.toString() });
      return false;
    };
    const broker = await alone.start({ service: middle.origin });
    expect(broker.isReady()).toBe(true);
    const [seen] = asked;
    const { publicKey } = generateSessionKey();
    const own = JSON.stringify({ ...JSON.parse(seen?.body ?? "{}"), key: encodeBase64url(publicKey) });
    const ask = async (body: string) => {
      const headers = { "content-type": "application/json", "countersign-broker": seen?.header ?? "" };
      const url = `${alone.lab.service().origin}/v1/broker-link/state`;
      const answered = await fetch(url, { method: "POST", headers, body });
      return ((await answered.json()) as { code?: string }).code;
    };
    expect([await ask(own), await ask(seen?.body ?? "")]).toEqual(["request_replayed", "request_replayed"]);
    const held: string[] = [];
    middle.answer = (path, body, response) => {
      if (!path.endsWith("/state") || held.length > 0) return false;
      held.push(String(response.req.headers["countersign-broker"]), body.toString());
      response.destroy();
      return true;
    };
    await vi.waitFor(() => expect(held).toHaveLength(2), soon);
    const [header = "", body = "{}"] = held;
    const url = `${alone.lab.service().origin}/v1/broker-link/state`;
    const forged = JSON.stringify({ ...JSON.parse(body), key: encodeBase64url(publicKey) });
    const headers = { "content-type": "application/json", "countersign-broker": header };
    const answered = await fetch(url, { method: "POST", headers, body: forged });
    expect(((await answered.json()) as { code: string }).code).toBe("signature_invalid");
    expect(alone.credential).toContain("csk_");
    expect(Buffer.concat(middle.seen).includes(alone.credential.slice(4, 47))).toBe(false);
    expect(header).not.toContain(alone.credential.slice(4, 47));
  });

  it("reads neither a value nor a key that opens passes", async () => {
    const broker = await alone.start({ service: middle.origin });
    const { session } = await alone.caller();
    expect(await alone.call(broker.origin, session)).toBe("ok");
    const context = await alone.lab.service().domain.device.contexts.get(alone.lab.project);
    const all = Buffer.concat(middle.seen);
    expect(findLeaks(all, Buffer.from(brokeredValue))).toEqual([]);
    for (const keys of context?.passKeys.values() ?? [])
      for (const key of Object.values(keys) as Uint8Array[]) expect(findLeaks(all, key)).toEqual([]);
  });

  it("has no answer played again: not one of before a ban, and not within the time that it would count", async () => {
    const held: Buffer[] = [];
    middle.change = (path, body) => {
      if (path.endsWith("/state")) held.push(body);
      return held[0] ?? body;
    };
    const broker = await alone.start({ service: middle.origin });
    const { session, instance } = await alone.caller();
    expect(await alone.call(broker.origin, session)).toBe("ok");
    await alone.lab.service().domain.admin.banInstance(actor, alone.lab.project, instance, { reason: "test" });
    await vi.waitFor(async () => expect(await alone.call(broker.origin, session)).toBe("unavailable"), soon);
    expect(events()).toContain("untrusted");
  });

  it("gives no order under a key or a list of its own", async () => {
    const own = generateSigningKey();
    const kid = kidOf(sha256, own.point);
    middle.answer = (path, body, response) => {
      if (!path.endsWith("/state")) return false;
      const { key } = JSON.parse(body.toString()) as { key: string };
      const list = {
        v: 1,
        project: alone.lab.project,
        environment: "development",
        version: 2 ** 50,
        manifestEpoch: 0,
        keys: [{ kid, use: "response", point: encodeBase64url(own.point) }],
      } as const;
      const from = {
        project: alone.lab.project,
        environment: "development",
        keys: signKeyList(list, { point: own.point, key: own.privateKey }),
        responseKey: { kid, point: own.point, privateKey: own.privateKey },
      } as const;
      const hash = linkRequestHash("state", body);
      const request = { hash, key: new Uint8Array(Buffer.from(key, "base64url")) };
      response.end(JSON.stringify(sealLinkAnswer(from, request, toUtf8("{}"))));
      return true;
    };
    const broker = await alone.start({ service: middle.origin });
    expect([broker.isReady(), events()]).toEqual([false, ["untrusted"]]);
  });

  it("gives no budget: a draw that it answers itself is none", async () => {
    const budgets = [{ of: "secret", limit: 1, perCall: 1, windowSeconds: 3600 } as const];
    const { admin } = alone.lab.service().domain;
    await admin.setTerms(actor, alone.lab.project, "photo-key", { terms: { processor: null, budgets } });
    const broker = await alone.start({ service: middle.origin });
    const { session } = await alone.caller();
    let yes: Buffer | null = null;
    middle.change = (path, body) => {
      if (path.endsWith("/draw")) yes ??= body;
      return path.endsWith("/draw") ? (yes ?? body) : body;
    };
    expect(await alone.call(broker.origin, session)).toBe("ok");
    expect(await alone.call(broker.origin, session)).toBe("unavailable");
    expect(alone.asked).toHaveLength(1);
  });

  it("fills no memory: an answer that never ends, one cut off and one of nonsense are none", async () => {
    const answers: readonly ((response: ServerResponse) => void)[] = [
      (response) => response.end("{"),
      (response) => response.writeHead(200, { "content-length": "1000" }).write("{}"),
      (response) => response.writeHead(302, { location: "/elsewhere" }).end(),
      (response) => response.end(Buffer.alloc(49 * 1024 * 1024, " ")),
      (response) => response.socket?.destroy(),
      (response) => response.end(JSON.stringify({ v: 1, sealed: "A".repeat(1000) })),
    ];
    let at = -1;
    middle.answer = (path, _body, response) => {
      if (!path.endsWith("/state") || at >= answers.length - 1) return false;
      at += 1;
      answers[at]?.(response);
      if (at === 1) setTimeout(() => response.destroy(), 10);
      return true;
    };
    const broker = await alone.start({ service: middle.origin, freshness: { reconcileMs: 250, staleMs: 1_000 } });
    expect(broker.isReady()).toBe(false);
    await vi.waitFor(() => expect(broker.isReady()).toBe(true), soon);
    expect(at).toBe(answers.length - 1);
  });

  it("stops nothing by a stream that lies: it costs a question each, and its end one more", async () => {
    let asked = 0;
    middle.answer = (path, _body, response) => {
      if (path.endsWith("/state")) asked += 1;
      if (!path.endsWith("/changes")) return false;
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end("data: 1\n\ndata: 2\n\n:".repeat(100));
      return true;
    };
    const broker = await alone.start({ service: middle.origin, freshness: { reconcileMs: 60_000, staleMs: 120_000 } });
    const { session } = await alone.caller();
    expect(await alone.call(broker.origin, session)).toBe("ok");
    expect(asked).toBeLessThan(20);
  });
});

describe("a credential", () => {
  it("that is another's, or was never given, makes no broker ready", async () => {
    const [, ...configuration] = alone.credential.split("~");
    const wrong = brokerCredentialOf(new Uint8Array(32).fill(9));
    const broker = await alone.start({ credential: [wrong, ...configuration].join("~") });
    expect([broker.isReady(), events()]).toEqual([false, ["unauthorized"]]);
    const { session } = await alone.caller();
    expect(await alone.call(broker.origin, session)).toBe("unavailable");
  });

  it("of one project is believed for no other: what the service says is not signed for it", async () => {
    const { admin } = alone.lab.service().domain;
    const other = await admin.createProject(actor, { name: "other", kind: "development" });
    const { credential } = await admin.addBroker(actor, other.id, { name: "edge" });
    const mixed = [credential.split("~")[0], ...alone.credential.split("~").slice(1)].join("~");
    const broker = await alone.start({ credential: mixed });
    expect([broker.isReady(), events()]).toEqual([false, ["untrusted"]]);
  });

  it("opens nothing else at the service, and nothing else opens its link", async () => {
    const { origin } = alone.lab.service();
    const own = parseBrokerKey(alone.credential.split("~")[0] ?? "");
    const stranger = parseBrokerKey(brokerCredentialOf(new Uint8Array(32).fill(7)));
    if (own === null || stranger === null) throw new TypeError("two keys");
    const ask = (path: string, body: string, headers: Readonly<Record<string, string>>) =>
      fetch(origin + path, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });
    const signed = (key: BrokerKey, path: string, body: string, more: Partial<SignedCall> = {}) => {
      nonces += 1;
      const nonce = Buffer.alloc(16, nonces).toString("base64url");
      const digest = encodeBase64url(sha256(toUtf8(body)));
      const call = { method: "POST", path, atMs: alone.lab.nowMs(), nonce, digest, ...more };
      return { "countersign-broker": signBrokerCall(key, call) };
    };
    const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;
    const [secret = ""] = alone.credential.split("~");
    for (const path of ["/admin/v1/projects", "/v1/tokens/consume"])
      expect((await ask(path, "{}", { authorization: `Bearer ${secret}` })).status).toBe(401);
    const state = "/v1/broker-link/state";
    for (const path of ["state", "draw", "mint", "alarms"].map((call) => `/v1/broker-link/${call}`)) {
      const bearer = { authorization: `Bearer ${secret}` };
      const tries: readonly Readonly<Record<string, string>>[] = [{}, bearer, signed(stranger, path, "{}")];
      for (const headers of tries) expect(await codeOf(await ask(path, "{}", headers))).toBe("broker_unauthorized");
    }
    expect((await fetch(`${origin}/v1/broker-link/changes`)).status).toBe(401);
    for (const more of [{ method: "GET" }, { path: "/v1/broker-link/draw" }])
      expect(await codeOf(await ask(state, "{}", signed(own, state, "{}", more)))).toBe("broker_unauthorized");
    for (const atMs of [alone.lab.nowMs() - 310_000, alone.lab.nowMs() + 310_000])
      expect(await codeOf(await ask(state, "{}", signed(own, state, "{}", { atMs })))).toBe("signature_invalid");
    const once = signed(own, state, "{}");
    expect(await codeOf(await ask(state, '{"v":1}', once))).toBe("signature_invalid");
    expect(await codeOf(await ask(state, "{}", once))).toBe("request_replayed");
    for (const bad of ["{}", "[]", "{", '{"v":2}', `{"v":1,"nonce":"${"A".repeat(22)}","key":"${"A".repeat(43)}"}`])
      expect([bad, await codeOf(await ask(state, bad, signed(own, state, bad)))]).toEqual([bad, "malformed"]);
    const long = " ".repeat(20_000);
    expect((await ask(state, long, signed(own, state, long))).status).toBe(413);
  });

  it("draws on no budget but its own project's, and on none that is not there", async () => {
    const { admin } = alone.lab.service().domain;
    const other = await admin.createProject(actor, { name: "other", kind: "development" });
    const identity = parseBrokerCredential(alone.credential);
    if (identity === null) throw new TypeError("a credential");
    const bounds = { serviceCas: [], stateMs: 5_000, answerMs: 5_000, silenceMs: 5_000 };
    const link = createServiceLink({
      ...identity,
      run: "A".repeat(22),
      nowMs: alone.lab.nowMs,
      service: alone.lab.service().origin,
      ...bounds,
    });
    const drawn = async (budget: string) => {
      const answered = await link.ask("draw", { budget });
      return answered.ok ? Buffer.from(answered.plaintext).toString() : answered.reason;
    };
    expect(await drawn(`${other.id}:broker-budget:photo-key:all:60`)).toBe("unreachable");
    expect(await drawn(`${alone.lab.project}:watch:x`)).toBe("unreachable");
    expect(await drawn(`${alone.lab.project}:broker-budget:photo-key:all:60`)).toBe('{"v":1,"drawn":false}');
    link.close();
  });
});
