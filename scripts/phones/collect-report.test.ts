import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { collectReport } from "./collect-report.ts";

const identity = { platform: "android", version: "1.0.0", build: "100", bundle: null };
const held = { name: "makes a key", outcome: "held", instead: null };
const broken = { name: "draws bytes", outcome: "broken", instead: "two draws are the same" };
const notAsked = { name: "pins", outcome: "not asked", instead: "the service speaks plain HTTP" };
const end = (of: object) => ({ v: 1, identity, ...of });
const toLog = (...of: readonly object[]): string[] => [
  "11-22 20:00:00.000  1234  1234 I ActivityManager: Start proc native-check",
  ...of.map((each) => `11-22 20:00:01.000  1234  1250 I ReactNativeJS: 'native-check ${JSON.stringify(each)}'`),
];

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

const read = (...of: readonly object[]) => collectReport(each(toLog(...of)), () => {});
const program = join(import.meta.dirname, "read-report.ts");
const run = (lines: readonly string[], ...options: readonly string[]) =>
  spawnSync(process.execPath, ["--conditions=@countersign/source", program, ...options], {
    input: lines.join("\n"),
    encoding: "utf8",
  });

describe("the report of a phone", () => {
  it("is found among the lines of its log", async () => {
    expect(await read(held, notAsked, end({ held: true, asked: 2 }))).toEqual({
      v: 1,
      identity,
      held: true,
      outcomes: [held, notAsked],
    });
  });

  it.each([
    ["ends before it", [held]],
    ["lost an outcome", [held, end({ held: true, asked: 2 })]],
    ["says that all is held where something is broken", [broken, end({ held: true, asked: 1 })]],
    ["has an outcome that there is not", [{ ...held, outcome: "maybe" }, end({ held: true, asked: 1 })]],
    ["has no version of it", [held, { held: true, asked: 1, identity }]],
  ])("is none where the log %s", async (_what, of) => {
    expect(await read(...of)).toBeNull();
  });

  it("ends its program with 0 where all is held, 1 where something is broken, 2 where there is none", () => {
    const sound = run(toLog(held, end({ held: true, asked: 1 })));
    expect([sound.status, sound.stdout]).toEqual([0, "ok  makes a key\n"]);
    const bad = run(toLog(held, broken, end({ held: false, asked: 2 })), "--json");
    expect([bad.status, JSON.parse(bad.stdout) as object]).toEqual([
      1,
      { v: 1, identity, held: false, outcomes: [held, broken] },
    ]);
    const none = run(toLog(held));
    expect([none.status, none.stderr]).toEqual([2, expect.stringContaining("EXPO_PUBLIC_PHONE_CHECK=1")]);
  });
});
