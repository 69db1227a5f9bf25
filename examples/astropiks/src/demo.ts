import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storyText } from "./story/story-table.ts";
import { tellStory } from "./story/tell-story.ts";
import { createDemoWorld } from "./world/demo-world.ts";

/** Tells the story once, in a world made for it. `--json`: one JSON document on stdout. Exit 1 where a promise was broken. */
async function demo(argv: readonly string[]): Promise<number> {
  if (argv.some((argument) => argument !== "--json")) {
    process.stderr.write("usage: npm run demo [-- --json]\n");
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), "astropiks-demo-"));
  const world = await createDemoWorld({ folder, port: 0, tls: true });
  try {
    const story = await tellStory(world, (text) => process.stderr.write(`  ${text}\n`));
    const { cases, rotation, modes, broken } = story;
    process.stdout.write(
      argv.includes("--json") ? `${JSON.stringify({ cases, rotation, modes }, null, 2)}\n` : storyText(story),
    );
    for (const line of broken) process.stderr.write(`not as promised: ${line}\n`);
    return broken.length === 0 ? 0 : 1;
  } finally {
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await demo(process.argv.slice(2));
