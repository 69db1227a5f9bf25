import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const source = fileURLToPath(new URL(".", import.meta.url));

function importsOf(file: string): string[] {
  const text = readFileSync(join(source, file), "utf8");
  return [...text.matchAll(/(?:from|import|require)\s*\(?\s*["']([^"']+)["']/g)].map((match) => match[1] ?? "");
}

describe("independence from what it tests", () => {
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !/\.(test|suite)\.ts$/.test(file),
  );

  it("no source file imports the attestation package or a codec", () => {
    const foreign = files.flatMap(importsOf).filter((name) => !name.startsWith("."));
    expect(new Set(foreign)).toEqual(new Set(["node:crypto", "@countersign/client"]));
  });

  it("no source file reaches out of the package", () => {
    const outside = files.flatMap((file) => {
      const depth = file.split("/").length - 1;
      return importsOf(file).filter((name) => name.startsWith("../".repeat(depth + 1)));
    });
    expect(outside).toEqual([]);
  });
});
