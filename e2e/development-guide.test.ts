import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blocksOf, commandsOf, type Follower, startFollower } from "../testing/guide.ts";

const page = "docs/guides/development.md";
let you: Follower;
beforeAll(async () => {
  you = await startFollower();
});
afterAll(() => you.stop());

describe("simulators and CI in five minutes", () => {
  it("every command runs; the job is trusted with the key, refused without it, and refused once it is revoked", async () => {
    const said = new Map<string, string>();
    const follow = async (lines: readonly string[]): Promise<void> => {
      for (const line of lines) {
        const { code, out, err } = await you.run(line);
        expect([line, code, err]).toEqual([line, 0, expect.any(String)]);
        said.set(line, out.trim());
      }
    };
    const commands = commandsOf(page);
    const last = commands.findIndex((line) => line.includes("devkey revoke"));
    await follow(commands.slice(0, last));
    const outOf = (part: string): string => [...said].find(([line]) => line.includes(part))?.[1] ?? "";
    const configuration = /csd1~\S+/.exec(outOf("project create"))?.[0] ?? "";
    const key = outOf("devkey create");
    expect(key).toMatch(/^csd_[A-Za-z0-9_-]{43}$/);
    expect(outOf("devkey list")).not.toContain(key);

    const main = blocksOf(page, "js")[0] ?? "";
    const given = { COUNTERSIGN_CONFIGURATION: configuration, COUNTERSIGN_DEVELOPMENT_KEY: key };
    const job = async (env: Readonly<Record<string, string>>): Promise<string> =>
      (await you.runModules({ "main.mjs": main }, env)).out.trim();
    expect(await job(given)).toBe("trusted");
    expect((await you.run("npx countersign devkey list --project trial")).out).toContain("1 of 2000");
    const other = `csd_${Buffer.alloc(32, 5).toString("base64url")}`;
    expect(await job({ ...given, COUNTERSIGN_DEVELOPMENT_KEY: other })).toBe("refused");

    await follow(commands.slice(last));
    expect(await job(given)).toBe("refused");
  });
});
