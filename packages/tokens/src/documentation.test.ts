import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { longestLifeSeconds, type MintInput } from "./mint-input.ts";
import { mintToken } from "./mint-token.ts";
import { reservedClaims } from "./reserved-claims.ts";
import { decode, sampleInput } from "./testing/sample-input.ts";
import { tokenAlgs } from "./token-alg.ts";
import { generateTokenKey } from "./token-key.ts";
import { tokenProfiles } from "./token-profile.ts";

const page = readFileSync(join(import.meta.dirname, "..", "..", "..", "docs", "tokens.md"), "utf8");

/** Rows of the first table under a heading, its head left out; a bar within a cell is written `\|`. */
function tableUnder(heading: string): readonly (readonly string[])[] {
  const section = page.split(`\n## ${heading}\n`)[1] ?? "";
  const table = /(?:^\|.*\n)+/m.exec(section)?.[0] ?? "";
  const rows = table.trim().split("\n").slice(2);
  return rows.map((row) => row.slice(2, -2).split(/ (?<!\\)\| /));
}

const bare = (cell = ""): string => cell.replaceAll("`", "");
const key = await generateTokenKey("HS256");
const claimsOf = (input: Partial<MintInput>): ReadonlySet<string> =>
  new Set(Object.keys(decode(mintToken({ key, ...sampleInput, ...input })).payload));

const everything: Partial<MintInput> = {
  bind: new Uint8Array(32),
  arc: "MFRGGZDFMZTWQ2LK",
  annotations: ["instance_key_vouched_by_app"],
  confirmation: { jkt: "a" },
  use: "limited",
};

describe("docs/tokens.md", () => {
  const rows = tableUnder("Claims");

  it.each(tokenProfiles.map((profile, index) => ({ profile, column: index + 1 })))(
    "says of every claim whether $profile has it, and whether always",
    ({ profile, column }) => {
      const written = (has: (cell: string) => boolean) =>
        new Set(rows.filter((row) => has(row[column] ?? "–")).map(([claim]) => bare(claim)));
      const least = profile === "approov" ? ({ did: null, use: "long-lived", ip: null } as const) : {};
      const always = claimsOf({ profile, ...least });
      expect(written((cell) => cell !== "–")).toEqual(claimsOf({ profile, ...everything }));
      expect(written((cell) => cell !== "–" && !cell.startsWith("where "))).toEqual(
        new Set([...always].filter((claim) => claim !== "use")),
      );
    },
  );

  it("names every reserved claim", () => {
    const claims = rows.map(([claim]) => bare(claim));
    expect(new Set([...claims, "nbf", "__proto__"])).toEqual(new Set(reservedClaims));
  });

  it("states the longest life of every use", () => {
    const stated = tableUnder("Life").map(([use, , life]) => [
      use === "absent" ? "instance" : bare(use),
      Number.parseInt(life ?? "", 10),
    ]);
    expect(Object.fromEntries(stated)).toEqual(longestLifeSeconds);
  });

  it("has a row for every algorithm, with the kty of its keys", async () => {
    const kinds = await Promise.all(
      tokenAlgs.map(async (alg) => [alg, (await generateTokenKey(alg)).publicJwk?.kty ?? "–"]),
    );
    expect(tableUnder("Keys").map(([alg, , kty]) => [bare(alg), bare(kty)])).toEqual(kinds);
  });
});
