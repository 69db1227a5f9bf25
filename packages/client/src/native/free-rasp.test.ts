import { expect, it } from "vitest";
import { settle } from "../testing/fake-time.ts";
import { createTestBed } from "../testing/test-agent.ts";
import { freeRaspActions, freeRaspSignals } from "./free-rasp.ts";

const known = "root debugger emulator repackaged hook cloner automation developer_mode proxy screen_capture".split(" ");

it("names signals that the service knows, and no other", () => {
  expect([...new Set(Object.values(freeRaspSignals))].filter((signal) => signal !== null).sort()).toEqual(known.sort());
});

it("notes what freeRASP sees, under the agent's names, with each later statement", async () => {
  const bed = createTestBed();
  const actions = freeRaspActions(bed.agent);
  actions.privilegedAccess();
  await bed.agent.refresh();
  await bed.time.advance(7_000);
  actions.devMode();
  actions.adbEnabled();
  await bed.agent.refresh();
  expect(bed.service.statements().map(({ signals }) => signals.seen)).toEqual([
    [{ name: "root", count: 1, ageSeconds: 0, detail: "privilegedAccess" }],
    [
      { name: "root", count: 1, ageSeconds: 7, detail: "privilegedAccess" },
      { name: "developer_mode", count: 2, ageSeconds: 0, detail: "adbEnabled" },
    ],
  ]);
});

it("wipes what is held at once on a severe one, and then tells the service, asking for nothing", async () => {
  const bed = createTestBed();
  const wiped: unknown[] = [];
  const agent = bed.restart({ log: { level: "warn", sink: (entry) => wiped.push(entry) } });
  await agent.fetch(`https://api.nasa.gov/planetary/apod?api_key=${bed.project.placeholder("nasa")}`);
  bed.service.decide = () => ({ kind: "refused", reasons: ["signal_hook"] });
  freeRaspActions(agent).hooks();
  expect(agent.state().session).toBeNull();
  await settle();
  const [, told] = bed.service.statements();
  expect([told?.asks.secrets, told?.signals.seen]).toMatchObject([[], [{ name: "hook", detail: "hooks" }]]);
  expect(agent.state().phase).toBe("refused");
  expect(wiped).toContainEqual({ level: "warn", event: "wiped", signals: ["hook"] });
});

it("tells a severe one once, where the platform's detectors see it too", async () => {
  const bed = createTestBed();
  await bed.agent.refresh();
  freeRaspActions(bed.agent).debug();
  await settle();
  const wipes = bed.service.statements().length;
  bed.seen.push({ name: "debugger", count: 3, ageSeconds: 1 });
  await bed.agent.refresh();
  expect(bed.service.statements().at(-1)?.signals.seen).toEqual([{ name: "debugger", count: 3, ageSeconds: 1 }]);
  expect(bed.service.statements()).toHaveLength(wipes + 1);
});

it("opens no session for an app that had none", async () => {
  const bed = createTestBed();
  await bed.agent.start();
  freeRaspActions(bed.agent).appIntegrity();
  await settle();
  expect(bed.service.statements()).toEqual([]);
});

it("says nothing of what else is on the phone, or of its owner's habits", async () => {
  const bed = createTestBed();
  const actions = freeRaspActions(bed.agent);
  for (const name of ["malware", "passcode", "unsecureWifi", "locationSpoofing"] as const) actions[name]();
  await bed.agent.refresh();
  expect(bed.service.statements()[0]?.signals.seen).toEqual([]);
});
