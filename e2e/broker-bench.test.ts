import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

interface Row {
  readonly name: string;
  readonly requestsPerSecond: number;
}

it("the bench of the broker runs every contestant that is installed, and prints its figures as JSON", async () => {
  const argv = ["--conditions=@countersign/source", join(root, "bench/run.ts"), "broker", "--quick", "--json"];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { cwd: root, maxBuffer: 1024 * 1024 });
  const { results } = JSON.parse(stdout) as {
    readonly results: {
      readonly broker: { readonly tables: Readonly<Record<string, readonly Row[]>> };
    };
  };
  const [requests = [], memory = []] = Object.values(results.broker.tables);
  const names = requests.map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      "the upstream itself",
      "Countersign, every request authenticated",
      "@fastify/http-proxy",
      "http-proxy-middleware",
    ]),
  );
  for (const row of requests) expect(row.requestsPerSecond).toBeGreaterThan(0);
  expect(memory).toHaveLength(5);
}, 120_000);
