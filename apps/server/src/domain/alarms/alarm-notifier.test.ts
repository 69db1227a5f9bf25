import { createHmac } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import type { Alarm, DueNotice, Project } from "../ports/index.ts";
import {
  type AlarmNotifier,
  createAlarmNotifier,
  openTarget,
  sealTarget,
  type Told,
  webhookSignature,
} from "./alarm-notifier.ts";

const key = new Uint8Array(32).fill(7);
const alarm = (project: string, id: string): Alarm => ({
  project,
  id,
  kind: "decoy_secret_used",
  decoy: "old-key",
  where: "broker",
  who: { api: "shop", network: "n" },
  count: 2,
  firstAtMs: 1_000,
  lastAtMs: 2_000,
  acknowledgedAtMs: null,
});
/** Stands for an envelope here; the real one is the vault's matter. */
const vault = {
  seal: (clear: Uint8Array, context: readonly string[]) =>
    JSON.stringify([context, Buffer.from(clear).toString("hex")]),
  open: (sealed: string, context: readonly string[]) => {
    const [sealedFor, hex] = JSON.parse(sealed) as [string[], string];
    expect(sealedFor).toEqual(context);
    return { reveal: () => new Uint8Array(Buffer.from(hex, "hex")) };
  },
};

interface Sent {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly allowPrivate: boolean;
}

let notifier: AlarmNotifier;
let state: {
  nowMs: number;
  due: (DueNotice & { dueAtMs: number | null })[];
  targets: Map<string, string>;
  answer: (url: string) => Told | Promise<Told>;
  sent: Sent[];
  givenUp: string[];
  errors: number;
};
beforeEach(() => {
  state = {
    nowMs: 1_700_000_000_500,
    due: [{ alarm: alarm("p", "one"), tries: 0, dueAtMs: 0 }],
    targets: new Map([["p", sealTarget(vault, "p", { url: "https://alerts.example/p", key })]]),
    answer: () => ({ ok: true, status: 204 }),
    sent: [],
    givenUp: [],
    errors: 0,
  };
  notifier = createAlarmNotifier({
    notices: {
      target: async (project) => state.targets.get(project) ?? null,
      setTarget: async () => {},
      due: async (project, nowMs, limit) =>
        state.due
          .filter(({ alarm: each, dueAtMs }) => each.project === project && dueAtMs !== null && dueAtMs <= nowMs)
          .slice(0, limit),
      settle: async ({ project, id }, tries, dueAtMs) => {
        state.due = state.due.map((each) =>
          each.alarm.project === project && each.alarm.id === id ? { ...each, tries, dueAtMs } : each,
        );
      },
    },
    projects: {
      list: async () =>
        [
          { id: "p", kind: "production" },
          { id: "q", kind: "development" },
        ] as Project[],
    },
    vault,
    clock: { nowMs: () => state.nowMs },
    post: async ({ url }, message, allowPrivate) => {
      state.sent.push({ url, ...message, allowPrivate });
      return state.answer(url);
    },
    onGivenUp: ({ project, id }) => state.givenUp.push(`${project}/${id}`),
    onError: () => {
      state.errors += 1;
    },
  });
});

describe("the telling of alarms", () => {
  it("tells an alarm once, signed over id, time and body as Standard Webhooks has it, without a value", async () => {
    await notifier.run();
    await notifier.run();
    expect(state.sent).toHaveLength(1);
    const [{ url, headers, body, allowPrivate } = {} as Sent] = state.sent;
    expect([url, allowPrivate]).toEqual(["https://alerts.example/p", false]);
    expect(headers["webhook-id"]).toBe("one");
    expect(headers["webhook-timestamp"]).toBe("1700000000");
    const mac = createHmac("sha256", key).update(`one.1700000000.${body}`).digest("base64");
    expect(headers["webhook-signature"]).toBe(`v1,${mac}`);
    const { acknowledgedAtMs: _, ...data } = alarm("p", "one");
    expect(JSON.parse(body)).toEqual({ type: "alarm.raised", timestamp: "2023-11-14T22:13:20.500Z", data });
  });

  it("signs the example of the specification as it does", () => {
    const exampleKey = Buffer.from("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "base64");
    const [id, seconds, body] = ["msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", '{"test": 2432232314}'];
    const expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    expect(webhookSignature(exampleKey, id, seconds, body)).toBe(expected);
  });

  it("tries six times under one id, ever later, and then gives up and says so", async () => {
    state.answer = () => ({ ok: false, problem: "unreachable" });
    const waits: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      await notifier.run();
      const dueAtMs = state.due[0]?.dueAtMs ?? null;
      if (dueAtMs === null) break;
      waits.push((dueAtMs - state.nowMs) / 1000);
      state.nowMs = dueAtMs - 1;
      await notifier.run();
      state.nowMs = dueAtMs;
    }
    expect(waits).toEqual([30, 120, 600, 3600, 21_600]);
    expect(state.sent).toHaveLength(6);
    expect(new Set(state.sent.map(({ headers }) => headers["webhook-id"]))).toEqual(new Set(["one"]));
    expect(new Set(state.sent.map(({ headers }) => headers["webhook-signature"])).size).toBe(6);
    expect(state.givenUp).toEqual(["p/one"]);
  });

  it("asks a target that fails once in a round, however many alarms wait, and meanwhile tells other projects", async () => {
    state.due = Array.from({ length: 100 }, (_, at) => ({ alarm: alarm("p", `a${at}`), tries: 0, dueAtMs: 0 }));
    state.due.push({ alarm: alarm("q", "other"), tries: 0, dueAtMs: 0 });
    state.targets.set("q", sealTarget(vault, "q", { url: "https://alerts.example/q", key }));
    state.answer = (url) =>
      url.endsWith("/p") ? { ok: false, problem: "status", status: 500 } : { ok: true, status: 200 };
    await notifier.run();
    expect(state.sent.map(({ url, allowPrivate }) => [url.at(-1), allowPrivate])).toEqual([
      ["p", false],
      ["q", true],
    ]);
    state.answer = () => ({ ok: true, status: 200 });
    await notifier.run();
    expect(state.sent).toHaveLength(2 + 20);
  });

  it("tells nobody where there is no target, and does not keep such alarms for later", async () => {
    state.targets.clear();
    await notifier.run();
    expect([state.sent.length, state.due[0]?.dueAtMs]).toEqual([0, null]);
  });

  it("lets no target that is slow to answer hold up another project", async () => {
    state.targets.set("q", sealTarget(vault, "q", { url: "https://alerts.example/q", key }));
    let answer: (told: Told) => void = () => {};
    state.answer = (url) =>
      url.endsWith("/q")
        ? { ok: true, status: 200 }
        : new Promise((resolve) => {
            answer = resolve;
          });
    const slow = notifier.run();
    while (state.sent.length === 0) await new Promise((resolve) => setImmediate(resolve));
    state.due.push({ alarm: alarm("q", "urgent"), tries: 0, dueAtMs: 0 });
    const next = notifier.run();
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(state.sent.map(({ url }) => url.at(-1))).toEqual(["p", "q"]);
    answer({ ok: true, status: 200 });
    await Promise.all([slow, next, notifier.idle()]);
  });

  it("runs one round of a project at a time, and goes on after a failure", async () => {
    let answer: (told: Told) => void = () => {};
    state.answer = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const first = notifier.run();
    while (state.sent.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const second = notifier.run();
    const idle = notifier.idle();
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(state.sent).toHaveLength(1);
    answer({ ok: true, status: 200 });
    await Promise.all([first, second, idle]);
    state.due = [{ alarm: alarm("p", "two"), tries: 0, dueAtMs: 0 }];
    state.targets.set("p", "no envelope");
    await expect(notifier.run()).resolves.toBeUndefined();
    expect(state.errors).toBe(1);
  });

  it("sends a test that is no alarm", async () => {
    const target = openTarget(vault, "p", state.targets.get("p") ?? "");
    expect(await notifier.test({ id: "p", kind: "production" }, target, "an-id")).toEqual({ ok: true, status: 204 });
    expect(JSON.parse(state.sent[0]?.body ?? "")).toMatchObject({ type: "alarm.test", data: { project: "p" } });
  });
});
