import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AdminLab, openAdminLab, refusalOf } from "./admin-lab.suite.ts";

let lab: AdminLab;
let project: string;
beforeEach(async () => {
  lab = await openAdminLab({ told: (url) => ({ ok: false, problem: "status", status: url.length }) });
  project = (await lab.admin.createProject(lab.actor, { name: "shop", kind: "production" })).id;
});
afterEach(() => lab.close());

const add = (input: Parameters<AdminLab["admin"]["addDecoy"]>[2], of = project) =>
  lab.admin.addDecoy(lab.actor, of, input);
const refused = (input: Parameters<AdminLab["admin"]["addDecoy"]>[2]) => refusalOf(add(input));

describe("decoys", () => {
  it("are shown once, and kept as a sealed digest that no value comes out of", async () => {
    const { value, ...view } = await add({ name: "old-key", like: "sk_live_{alnum*24}", note: "in the app of 2019" });
    expect(view).toEqual({ name: "old-key", note: "in the app of 2019", length: 32, createdAtMs: lab.nowMs() });
    expect(await lab.admin.listDecoys(project)).toEqual([view]);
    const kept = JSON.stringify([
      await lab.store.decoySecrets.list(project),
      await lab.admin.listAudit(project, 100),
      await lab.admin.listDecoys(project),
    ]);
    expect(kept).not.toContain(value.slice(8));
    expect(lab.changed.at(-1)).toBe(project);
  });

  it("may be an operator's own value where nobody comes upon it by chance", async () => {
    const value = "AKIAIOSFODNN7EXAMPLE";
    expect((await add({ name: "aws", value })).value).toBe(value);
    for (const bad of [
      "short",
      "a".repeat(40),
      "with a space in between 123",
      "x".repeat(513),
      "ünïcode-value-of-somebody",
      "line\nbreak-12345678901234",
    ])
      expect([bad, await refused({ name: "bad", value: bad })]).toEqual([bad, "invalid_input /value"]);
    expect(await refused({ name: "both", value: "another-value-1234567", like: "{alnum*40}" })).toBe(
      "invalid_input /value",
    );
    expect(await refused({ name: "weak", like: "key-{digits*10}" })).toBe("invalid_input /like");
    expect(await refused({ name: "No Name" })).toBe("invalid_input /name");
    expect(await refused({ name: "noted", note: "\u202e" })).toBe("invalid_input /note");
  });

  it("are never a value that is used in earnest, nor become one, nor that of another decoy of the project", async () => {
    await lab.admin.putApi(lab.actor, project, "api", { host: "api.example", port: 443, channel: "system" }, "create");
    const place = { api: "api", methods: ["GET"], path: "/", in: "query", name: "key", when: "placeholder" } as const;
    const value = "the-genuine-key-of-the-api";
    await lab.admin.setSecret(lab.actor, project, "genuine", { value, places: [place] });
    expect(await refused({ name: "decoy", value })).toBe("invalid_input /value");
    const { value: planted } = await add({ name: "one" });
    const set = (name: string) => lab.admin.setSecret(lab.actor, project, name, { value: planted, places: [place] });
    expect(await refusalOf(set("new"))).toBe("invalid_input /value");
    expect(await refusalOf(lab.admin.rotateSecret(lab.actor, project, "genuine", { value: planted }))).toBe(
      "invalid_input /value",
    );
    expect(await refused({ name: "two", value: planted })).toBe("invalid_input /value");
    const other = (await lab.admin.createProject(lab.actor, { name: "other", kind: "production" })).id;
    expect((await add({ name: "one", value: planted }, other)).value).toBe(planted);
  });

  it("have a name of their own, are at most 64, and stay while a hook reports them", async () => {
    await add({ name: "one" });
    expect(await refused({ name: "one" })).toBe("conflict");
    await lab.admin.addAlarmHook(lab.actor, project, { name: "cloud", decoy: "one" });
    expect(await refusalOf(lab.admin.removeDecoy(lab.actor, project, "one"))).toBe("in_use");
    await lab.admin.removeAlarmHook(lab.actor, project, "cloud");
    await lab.admin.removeDecoy(lab.actor, project, "one");
    expect(await refusalOf(lab.admin.removeDecoy(lab.actor, project, "one"))).toBe("not_found");
    for (let at = 0; at < 64; at += 1) await add({ name: `decoy-${at}` });
    expect(await refused({ name: "too-many" })).toBe("limit_reached");
  });
});

describe("alarms", () => {
  const raise = (decoy = "old-key") =>
    lab.raise({
      project,
      kind: "decoy_secret_used",
      decoy,
      where: "decision",
      who: { api: "api", verifier: "gateway" },
    });
  const list = (open = false) => lab.admin.listAlarms(project, { open, limit: 100 });

  it("are listed with what was counted a moment ago, and open until somebody says otherwise", async () => {
    raise();
    raise();
    const [alarm] = await list();
    expect(alarm).toMatchObject({ decoy: "old-key", count: 2, acknowledgedAtMs: null });
    expect(Object.keys(alarm ?? {})).not.toContain("project");
    expect((await lab.admin.showStatus(lab.actor)).openAlarms).toBe(1);
    expect((await lab.admin.showStatus(lab.actor)).warnings).toContain(
      "1 open alarm of shop: countersign alarm list --open.",
    );
    const id = alarm?.id ?? "";
    lab.advance(1_000);
    expect(await lab.admin.acknowledgeAlarm(lab.actor, project, id)).toMatchObject({ acknowledgedAtMs: lab.nowMs() });
    expect([await list(true), (await lab.admin.showStatus(lab.actor)).openAlarms]).toEqual([[], 0]);
    raise();
    expect((await list(true)).map(({ count }) => count)).toEqual([1]);
    expect(await list()).toHaveLength(2);
    expect((await lab.admin.listAudit(project, 1))[0]).toMatchObject({ action: "alarm.acknowledge", target: id });
  });

  it("are of their own project alone", async () => {
    const other = (await lab.admin.createProject(lab.actor, { name: "other", kind: "production" })).id;
    raise();
    const [alarm] = await list();
    const id = alarm?.id ?? "";
    expect(await lab.admin.listAlarms(other, { open: false, limit: 100 })).toEqual([]);
    expect(await refusalOf(lab.admin.showAlarm(other, id))).toBe("not_found");
    expect(await refusalOf(lab.admin.acknowledgeAlarm(lab.actor, other, id))).toBe("not_found");
    expect(await lab.admin.showAlarm(project, id)).toEqual(alarm);
  });
});

describe("hooks", () => {
  it("show their token once, keep its hash, and name only decoys of the project", async () => {
    const { token, url, ...view } = await lab.admin.addAlarmHook(lab.actor, project, { name: "cloud" });
    expect(token).toMatch(/^csh_[\w-]{43}$/);
    expect(url).toBe(`https://attest.example.org/v1/alarms/${project}/${token}`);
    expect(await lab.admin.listAlarmHooks(project)).toEqual([view]);
    const kept = JSON.stringify([await lab.store.alarmHooks.list(project), await lab.admin.listAudit(project, 100)]);
    expect(kept).not.toContain(token);
    const again = (input: Parameters<AdminLab["admin"]["addAlarmHook"]>[2]) =>
      refusalOf(lab.admin.addAlarmHook(lab.actor, project, input));
    expect(await again({ name: "cloud" })).toBe("conflict");
    expect(await again({ name: "x", decoy: "nobody" })).toBe("not_found");
    expect(await again({ name: "X" })).toBe("invalid_input /name");
    for (let at = 0; at < 31; at += 1) await lab.admin.addAlarmHook(lab.actor, project, { name: `hook-${at}` });
    expect(await again({ name: "too-many" })).toBe("limit_reached");
    await lab.admin.removeAlarmHook(lab.actor, project, "cloud");
    expect(await refusalOf(lab.admin.removeAlarmHook(lab.actor, project, "cloud"))).toBe("not_found");
  });
});

describe("where alarms are told", () => {
  const set = (url: string) => lab.admin.setAlarmNotices(lab.actor, project, { url });

  it("is kept sealed with a key that is shown once; the origin is all that is shown of it", async () => {
    const { origin, key } = await set("https://alerts.example:8443/hook?secret=path");
    expect([origin, key]).toEqual(["https://alerts.example:8443", expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/)]);
    expect(await lab.admin.showAlarmNotices(project)).toEqual({ origin });
    const kept = JSON.stringify([
      await lab.store.alarmNotices.target(project),
      await lab.admin.listAudit(project, 100),
    ]);
    expect(kept).not.toMatch(/secret=path|hook\?/);
    expect(kept).not.toContain(key.slice(6));
    expect((await set("https://alerts.example/")).key).not.toBe(key);
    await lab.admin.removeAlarmNotices(lab.actor, project);
    expect(await lab.admin.showAlarmNotices(project)).toEqual({ origin: null });
    expect(await refusalOf(lab.admin.removeAlarmNotices(lab.actor, project))).toBe("not_found");
  });

  it.each([
    "http://alerts.example/",
    "ftp://alerts.example/",
    "https://user:password@alerts.example/",
    "https://alerts.example/#fragment",
    "https://",
    "alerts.example",
    "https://alerts.example/with space",
    `https://alerts.example/${"x".repeat(1_100)}`,
    "https://alerts.example/\n",
  ])("is an https address, and %j is none", async (url) => {
    expect(await refusalOf(set(url))).toBe("invalid_input /url");
  });

  it("can be tried, ten times a minute, with what came of it", async () => {
    const test = () => lab.admin.testAlarmNotices(lab.actor, project);
    expect(await refusalOf(test())).toBe("not_found");
    await set("https://alerts.example/");
    for (let times = 0; times < 10; times += 1)
      expect(await test()).toEqual({ ok: false, problem: "status", status: "https://alerts.example/".length });
    expect(await refusalOf(test())).toBe("slow_down");
  });
});
