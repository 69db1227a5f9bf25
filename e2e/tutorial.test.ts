import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ended, type Follower, startFollower, stepsOf } from "../testing/guide.ts";

const steps = stepsOf("docs/guides/astropiks.md");

/** A command that the reader gave: how it ended, and what the API said meanwhile. */
interface Done extends Ended {
  readonly line: string;
  readonly api: readonly string[];
}

let you: Follower;
beforeAll(async () => {
  you = await startFollower();
});
afterAll(() => you.stop());

const fileOf = (path: string): string => readFileSync(join(you.folder, path), "utf8");

/** Follows the page from its first line to its last. */
async function follow(): Promise<readonly Done[]> {
  /** What a reader puts in place of what stands in the page. */
  const own = new Map<string, string>();
  const put = (text: string): string => [...own].reduce((made, [there, here]) => made.replaceAll(there, here), text);
  const done: Done[] = [];
  let api: () => readonly string[] = () => [];
  for (const step of steps) {
    if (step.kind === "program") {
      expect(step.path).toMatch(/^astropiks\/[a-z/]+\.mjs$/);
      writeFileSync(join(you.folder, step.path), put(step.text));
      continue;
    }
    const { line } = step;
    if (line.includes("tutorial/stand-in.ts")) {
      expect(line).toContain("--port 8443");
      api = await you.begin(line.replace("--port 8443", "--port 0"));
      own.set("8443", new URL(api()[0] ?? "").port);
      own.set("YOUR_NASA_KEY", fileOf("astropiks/nasa-keys.txt").split("\n")[0] ?? "");
      continue;
    }
    // The test's service has had these two, with a port of its own.
    if (line === "npx countersign serve" || line.startsWith("npx countersign login --url http://127.0.0.1:8400 "))
      continue;
    const before = api().length;
    const ended = await you.run(put(line));
    done.push({ line, ...ended, api: api().slice(before) });
    const printed = (pattern: RegExp): string => pattern.exec(ended.out)?.[0] ?? `nothing like ${String(pattern)}`;
    if (line.includes(" project create ")) own.set("csd1~…", printed(/\bcsd1~\S+/));
    if (line.includes(" secret set ")) own.set("cs-nasa-api-key-…", printed(/\bcs-nasa-api-key-[a-z2-7]{10}\b/));
    if (line.startsWith("APP_ID=")) own.set("CODE", printed(/(?<=Code )\S+/));
  }
  return done;
}

describe("the AstroPiks tutorial", () => {
  it("leads from a key that is found to none in the app, and each step prints what the page says", async () => {
    const done = await follow();
    const keys = fileOf("astropiks/nasa-keys.txt").trim().split("\n");
    expect(keys).toHaveLength(4);
    const all = (pattern: RegExp): readonly Done[] => done.filter(({ line }) => pattern.test(line));

    const runs = all(/^(NODE_EXTRA_CA_CERTS=\S+ )?npx node .*app\/main\.mjs$/);
    const genuine = [1, 2, 3, 4].map((key) => ({ code: 0, err: "", api: [`GET with key ${key}: 200`] }));
    expect(runs).toMatchObject(genuine);
    expect(new Set(runs.map(({ out }) => out)).size).toBe(1);
    expect(runs[0]?.out).toMatch(/^\w.*\n$/);

    const [found, nothing] = all(/ scan /);
    expect(found).toMatchObject({ code: 1, out: expect.stringMatching(/main\.mjs:2\b/) });
    expect(nothing).toMatchObject({ code: 0, out: expect.stringMatching(/^0 secret, 0 suspicious/) });

    const [thief] = all(/thief/);
    expect(thief).toMatchObject({ code: 0, api: ["GET with no good key: 403"] });
    expect(thief?.out).toContain("invalid api_key");
    const [copy] = all(/^APP_ID/);
    expect(copy).toMatchObject({
      code: 1,
      api: [],
      out: expect.stringMatching(/^This app could not be verified. Code [A-Z2-7]{16}\n$/),
    });
    const [trace] = all(/ arc show /);
    expect(trace?.out).toContain("app_id_mismatch");

    const others = done.filter(({ line }) => !/main\.mjs$| scan |thief/.test(line));
    for (const { line, code, err } of others) expect([line, code, err]).toEqual([line, 0, ""]);
    for (const { line, out, err } of done)
      for (const key of keys) expect([line, (out + err).includes(key)]).toEqual([line, false]);
    for (const program of ["app/main.mjs", "phone/phone.mjs", "thief.mjs"])
      for (const key of keys) expect(fileOf(`astropiks/${program}`)).not.toContain(key);
  });

  it("says of the app's change what it is: three lines above the key, the key's text, and an end", () => {
    const [before = [], after = []] = steps
      .filter((step) => step.kind === "program" && step.path === "astropiks/app/main.mjs")
      .map((step) => (step.kind === "program" ? step.text.trimEnd().split("\n") : []));
    const [path, key, ...rest] = before;
    expect(after).toEqual([
      path,
      ...after.slice(1, 4),
      expect.stringMatching(/^const apiKey = /),
      ...rest,
      "agent.stop();",
    ]);
    expect(key).toMatch(/^const apiKey = /);
  });
});
