import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Instance, Trace } from "../ports/index.ts";
import { type AdminLab, openAdminLab, refusalOf } from "./admin-lab.suite.ts";

let lab: AdminLab;
let id: string;
const instanceId = Buffer.alloc(16, 7).toString("base64url");
const subject = Buffer.alloc(16, 9).toString("base64url");
const arc = "ABCDEFGHIJKLMN27";

beforeEach(async () => {
  lab = await openAdminLab();
  id = (await lab.admin.createProject(lab.actor, { name: "p", kind: "production" })).id;
  const instance: Instance = {
    project: id,
    instance: instanceId,
    app: "astro",
    platform: "web",
    attestedKey: Buffer.alloc(65, 4).toString("base64url"),
    instanceKey: Buffer.alloc(65, 4).toString("base64url"),
    subject,
    facts: { platform: "web", origin: "https://a.example" },
    factsVersion: 1,
    evidenceAtMs: lab.nowMs(),
    serials: [],
    batch: null,
    counter: 3,
    createdAtMs: lab.nowMs(),
    lastSeenAtMs: lab.nowMs(),
  };
  const trace: Trace = {
    project: id,
    arc,
    atMs: lab.nowMs(),
    use: "session",
    verdict: "refused",
    reasons: ["chain_untrusted"],
    checks: [
      { name: "chain_anchor", result: "fail", reason: "chain_untrusted", expected: "a vendor root", found: "another" },
    ],
    app: "astro",
    platform: "android",
    instance: instanceId,
    signals: [],
  };
  await lab.store.instances.put(instance);
  await lab.store.traces.add(trace);
});
afterEach(() => lab.close());

const ban = (input: { by?: "instance" | "subject"; seconds?: number } = {}) =>
  lab.admin.banInstance(lab.actor, id, instanceId, { reason: "cloned", ...input });
const targets = async () => (await lab.store.bans.active(lab.nowMs())).map(({ by, target }) => [by, target]);

describe("an ARC", () => {
  it("resolves to its trace, each reason with its meaning, however it was typed", async () => {
    for (const typed of [arc, arc.toLowerCase(), "abcd-efgh ijkl-mn27"]) {
      const trace = await lab.admin.resolveArc(lab.actor, id, typed);
      expect([trace.arc, trace.instance, trace.verdict]).toEqual([arc, instanceId, "refused"]);
      expect(trace.reasons).toEqual([
        expect.objectContaining({ reason: "chain_untrusted", action: expect.any(String) }),
      ]);
    }
  });

  it("is resolved by its own project only", async () => {
    const other = (await lab.admin.createProject(lab.actor, { name: "q", kind: "production" })).id;
    expect(await refusalOf(lab.admin.resolveArc(lab.actor, other, arc))).toBe("not_found");
  });

  it("of a wrong form is invalid, and an unknown one is not found; each look-up is in the audit", async () => {
    expect(await refusalOf(lab.admin.resolveArc(lab.actor, id, "0000"))).toBe("invalid_input /arc");
    expect(await refusalOf(lab.admin.resolveArc(lab.actor, id, "A".repeat(16)))).toBe("not_found");
    await lab.admin.resolveArc(lab.actor, id, arc);
    const looked = (await lab.admin.listAudit(id, 10)).filter(({ action }) => action === "arc.resolve");
    expect(looked.map(({ target, detail }) => [target, detail.found])).toEqual([
      [arc, true],
      ["A".repeat(16), false],
    ]);
  });

  it("can be looked up sixty times a minute", async () => {
    const codes: string[] = [];
    for (let index = 0; index < 61; index += 1) codes.push(await refusalOf(lab.admin.resolveArc(lab.actor, id, arc)));
    expect([codes.filter((code) => code === "done").length, codes[60]]).toEqual([60, "slow_down"]);
    lab.advance(61_000);
    expect(await refusalOf(lab.admin.resolveArc(lab.actor, id, arc))).toBe("done");
  });
});

describe("an EAR", () => {
  it("renders the verdict behind an ARC, with the nonce that was given, and is audited as a look-up", async () => {
    const { ear } = await lab.admin.renderEar(lab.actor, id, arc, "AAECAwQFBgc");
    const { submods, ...rest } = ear;
    expect(rest).toMatchObject({
      iss: expect.stringContaining(`/p/${id}`),
      ear_status: "contraindicated",
      eat_nonce: "AAECAwQFBgc",
    });
    expect(submods.android).toMatchObject({
      ear_status: "contraindicated",
      ear_verifier_claims: { project: id, app: "astro", reasons: ["chain_untrusted"] },
    });
    const looked = (await lab.admin.listAudit(id, 10)).filter(({ action }) => action === "arc.resolve");
    expect(looked.map(({ target }) => target)).toEqual([arc]);
  });

  it("is refused for a nonce of a wrong form, an unknown ARC and another project's", async () => {
    for (const nonce of ["AAA", "A".repeat(96), "AAECAwQFBg==", "%"])
      expect(await refusalOf(lab.admin.renderEar(lab.actor, id, arc, nonce))).toBe("invalid_input /nonce");
    expect(await refusalOf(lab.admin.renderEar(lab.actor, id, "A".repeat(16), undefined))).toBe("not_found");
    const other = (await lab.admin.createProject(lab.actor, { name: "r", kind: "production" })).id;
    expect(await refusalOf(lab.admin.renderEar(lab.actor, other, arc, undefined))).toBe("not_found");
  });
});

describe("an instance", () => {
  it("is shown with its bans, without keys and subject", async () => {
    await ban();
    const shown = await lab.admin.showInstance(id, instanceId);
    expect(shown.bans).toEqual([
      expect.objectContaining({ kind: "ban", by: "instance", reason: "cloned", untilMs: null }),
    ]);
    const text = JSON.stringify(shown);
    expect(text).not.toContain(subject);
    expect(text).not.toContain(Buffer.alloc(65, 4).toString("base64url"));
  });

  it("is banned once, and this node knows before the answer", async () => {
    const told = lab.changed.length;
    const first = await ban();
    lab.advance(1000);
    expect(await ban()).toEqual(first);
    expect(await targets()).toEqual([["instance", instanceId]]);
    expect(lab.changed.slice(told)).toEqual(["bans"]);
  });

  it("is banned by subject too, which the answer does not tell", async () => {
    const banned = await ban({ by: "subject" });
    expect(await targets()).toEqual([["subject", subject]]);
    expect(JSON.stringify(banned)).not.toContain(subject);
  });

  it("that was never seen can be banned by instance and not by subject", async () => {
    const unseen = Buffer.alloc(16, 1).toString("base64url");
    expect((await lab.admin.banInstance(lab.actor, id, unseen, { reason: "r" })).known).toBe(false);
    expect(await refusalOf(lab.admin.banInstance(lab.actor, id, unseen, { reason: "r", by: "subject" }))).toBe(
      "not_found",
    );
    expect(await refusalOf(lab.admin.banInstance(lab.actor, id, "phone", { reason: "r" }))).toBe(
      "invalid_input /instance",
    );
  });

  it("banned for a time is free after it", async () => {
    await ban({ seconds: 60 });
    expect(await targets()).toHaveLength(1);
    lab.advance(60_000);
    expect(await targets()).toEqual([]);
    expect(await refusalOf(ban({ seconds: 0 }))).toBe("invalid_input /seconds");
  });

  it("is freed of every ban and quarantine at once, or of one kind of target", async () => {
    const quarantine = { project: id, kind: "quarantine", by: "instance", target: instanceId, reason: "hook" } as const;
    await lab.store.bans.add({ ...quarantine, createdAtMs: lab.nowMs(), untilMs: lab.nowMs() + 60_000 });
    await ban();
    await ban({ by: "subject" });
    await lab.admin.unbanInstance(lab.actor, id, instanceId, "subject");
    expect((await targets()).map(([by]) => by)).toEqual(["instance", "instance"]);
    await lab.admin.unbanInstance(lab.actor, id, instanceId, null);
    expect(await targets()).toEqual([]);
    expect(await refusalOf(lab.admin.unbanInstance(lab.actor, id, instanceId, null))).toBe("not_found");
  });

  it("of another project keeps its bans", async () => {
    await ban();
    const other = (await lab.admin.createProject(lab.actor, { name: "q", kind: "production" })).id;
    expect(await refusalOf(lab.admin.unbanInstance(lab.actor, other, instanceId, null))).toBe("not_found");
    expect(await refusalOf(lab.admin.showInstance(other, instanceId))).toBe("not_found");
    expect(await targets()).toHaveLength(1);
  });
});

describe("activity", () => {
  it("counts each genuine installation once a month, and every verdict", async () => {
    const event = {
      project: id,
      app: "astro",
      platform: "ios",
      verdict: "trusted",
      reason: null,
      subject,
      use: "session",
    } as const;
    const refused = { ...event, verdict: "refused", reason: "chain_untrusted", subject: null } as const;
    const lastMonth = Date.UTC(2026, 10, 1) - 1;
    await lab.store.events.add([
      { ...event, atMs: lab.nowMs() },
      { ...event, atMs: lab.nowMs() + 1 },
      { ...refused, atMs: lab.nowMs() },
      { ...event, atMs: lastMonth },
    ]);
    const counted = await lab.admin.countActivity(id, null);
    expect(counted.month).toBe("2026-11");
    expect(counted.active).toEqual({ ios: 1 });
    expect(counted.verdicts).toMatchObject({ trusted: 2, refused: 1 });
    expect((await lab.admin.countActivity(id, "2026-10")).active).toEqual({ ios: 1 });
    expect(await refusalOf(lab.admin.countActivity(id, "2026-13"))).toBe("invalid_input /month");
  });
});
