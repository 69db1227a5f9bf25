import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@countersign/source"] },
  ssr: { resolve: { conditions: ["@countersign/source"], externalConditions: ["@countersign/source"] } },
  test: {
    include: [
      "{packages,apps,examples}/*/src/**/*.test.ts",
      "e2e/**/*.test.ts",
      "testing/**/*.test.ts",
      "scripts/**/*.test.ts",
    ],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: "forks",
    execArgv: ["--conditions=@countersign/source"],
  },
});
