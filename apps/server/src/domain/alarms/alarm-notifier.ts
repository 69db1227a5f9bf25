import { createHmac } from "node:crypto";
import { fromUtf8, toUtf8 } from "@countersign/protocol";
import type { Alarm, AlarmNotices, DueNotice, Projects, Vault } from "../ports/index.ts";

/** How long after each failed attempt the next is made. After the last of them an alarm is told no more. */
const pausesSeconds = [30, 120, 600, 3600, 21_600] as const;
/** Alarms of one project that one round tells of. */
const mostAtOnce = 20;

/** Where alarms are told: an address that an operator named, and the key that what is sent there is signed with. */
export interface AlarmTarget {
  /** `https://…` */
  readonly url: string;
  readonly key: Uint8Array;
}

export const targetContext = (project: string): readonly string[] => ["alarm-target", project];

export function sealTarget(vault: Pick<Vault, "seal">, project: string, { url, key }: AlarmTarget): string {
  const json = JSON.stringify({ url, key: Buffer.from(key).toString("base64") });
  return vault.seal(toUtf8(json), targetContext(project));
}

export function openTarget(vault: Pick<Vault, "open">, project: string, sealed: string): AlarmTarget {
  const text = fromUtf8(vault.open(sealed, targetContext(project)).reveal()) ?? "";
  const { url, key } = JSON.parse(text) as { readonly url: string; readonly key: string };
  return { url, key: new Uint8Array(Buffer.from(key, "base64")) };
}

/** What came of an attempt. `status`: an answer that is no success. */
export type Told =
  | { readonly ok: true; readonly status: number }
  | { readonly ok: false; readonly problem: "address_refused" | "unreachable" | "timeout" }
  | { readonly ok: false; readonly problem: "status"; readonly status: number };

/** Sends one body there, under the rules of which addresses may be reached. Never rejects. */
export type PostNotice = (
  target: Pick<AlarmTarget, "url">,
  message: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
  allowPrivate: boolean,
) => Promise<Told>;

export interface AlarmNotifier {
  /** Tells of what is due. Never rejects. */
  run(): Promise<void>;
  /** Resolves when nothing is being told. */
  idle(): Promise<void>;
  /** Sends a message that no alarm stands behind. */
  test(project: { readonly id: string; readonly kind: string }, target: AlarmTarget, id: string): Promise<Told>;
}

export interface AlarmNotifierDeps {
  readonly notices: AlarmNotices;
  readonly projects: Pick<Projects, "list">;
  readonly vault: Pick<Vault, "open">;
  readonly post: PostNotice;
  readonly clock: { nowMs(): number };
  /** Told of an alarm that was given up. */
  readonly onGivenUp: (event: { readonly project: string; readonly id: string }) => void;
  readonly onError: (error: unknown) => void;
}

/** The signature of Standard Webhooks (standardwebhooks.com): HMAC-SHA256 over `id.timestamp.body`, the time in seconds. */
export function webhookSignature(key: Uint8Array, id: string, seconds: string, body: string): string {
  return `v1,${createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64")}`;
}

/** A message in that form. Repeats have the id they had. */
function signedMessage(
  { key }: Pick<AlarmTarget, "key">,
  {
    id,
    nowMs,
    type,
    data,
  }: { readonly id: string; readonly nowMs: number; readonly type: string; readonly data: object },
): { readonly headers: Readonly<Record<string, string>>; readonly body: string } {
  const body = JSON.stringify({ type, timestamp: new Date(nowMs).toISOString(), data });
  const seconds = String(Math.floor(nowMs / 1000));
  return {
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": seconds,
      "webhook-signature": webhookSignature(key, id, seconds, body),
    },
    body,
  };
}

/** An alarm as it is told: what the list shows, never a value. */
function toData({ project, id, kind, decoy, where, who, count, firstAtMs, lastAtMs }: Alarm): object {
  return { project, id, kind, decoy, where, who, count, firstAtMs, lastAtMs };
}

export function createAlarmNotifier(deps: AlarmNotifierDeps): AlarmNotifier {
  const { notices, vault, clock, post } = deps;
  const rounds = new Set<Promise<void>>();
  /** By project: a target that is slow holds up nobody else's alarms. */
  const telling = new Map<string, Promise<void>>();

  const send = (
    project: { readonly kind: string },
    target: AlarmTarget,
    message: Omit<Parameters<typeof signedMessage>[1], "nowMs">,
  ): Promise<Told> =>
    post(target, signedMessage(target, { ...message, nowMs: clock.nowMs() }), project.kind === "development");

  async function settle({ alarm, tries }: DueNotice, told: Told): Promise<void> {
    if (told.ok) return notices.settle(alarm, tries, null);
    const pause = pausesSeconds[tries];
    if (pause === undefined) deps.onGivenUp({ project: alarm.project, id: alarm.id });
    await notices.settle(alarm, tries + 1, pause === undefined ? null : clock.nowMs() + pause * 1000);
  }

  /** One attempt that fails ends the round of its project: a target that does not answer costs each round one wait. */
  async function tell(project: { readonly id: string; readonly kind: string }): Promise<void> {
    const due = await notices.due(project.id, clock.nowMs(), mostAtOnce);
    if (due.length === 0) return;
    const sealed = await notices.target(project.id);
    const target = sealed === null ? null : openTarget(vault, project.id, sealed);
    for (const notice of due) {
      const { alarm, tries } = notice;
      if (target === null) {
        await notices.settle(alarm, tries, null);
        continue;
      }
      const told = await send(project, target, { id: alarm.id, type: "alarm.raised", data: toData(alarm) });
      await settle(notice, told);
      if (!told.ok) return;
    }
  }

  function tellOnce(project: { readonly id: string; readonly kind: string }): Promise<void> {
    const running = telling.get(project.id);
    if (running !== undefined) return running;
    const started = tell(project)
      .catch(deps.onError)
      .finally(() => telling.delete(project.id));
    telling.set(project.id, started);
    return started;
  }

  async function tellAll(): Promise<void> {
    try {
      const projects = await deps.projects.list();
      await Promise.all(projects.map(tellOnce));
    } catch (error) {
      deps.onError(error);
    }
  }

  return {
    run() {
      const round = tellAll().finally(() => rounds.delete(round));
      rounds.add(round);
      return round;
    },
    idle: async () => void (await Promise.all(rounds)),
    test: (project, target, id) => send(project, target, { id, type: "alarm.test", data: { project: project.id } }),
  };
}
