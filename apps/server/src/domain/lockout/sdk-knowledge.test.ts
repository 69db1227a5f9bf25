import { readFileSync } from "node:fs";
import { join } from "node:path";
import { limits } from "@countersign/protocol";
import { describe, expect, it } from "vitest";
import { knowledgeOf, type SdkKnowledge, sdkReleases } from "./sdk-knowledge.ts";

const root = join(import.meta.dirname, "../../../../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** The words that today's parser of manifests knows for a member. */
function wordsOf(member: string): readonly string[] {
  const text = read("packages/protocol/src/manifest-entries.ts");
  const [, list = ""] = new RegExp(`${member}[^;]*?knownOf\\(\\[([^\\]]*)\\]`).exec(text) ?? [];
  return [...list.matchAll(/"(\w+)"/g)].map(([, word = ""]) => word);
}

describe("the newest row of the table", () => {
  const newest = sdkReleases.at(-1)?.knowledge;

  it("knows each word of a manifest that the parser knows, and no other", () => {
    expect(newest).toMatchObject({
      channels: wordsOf(`api.member\\("channel"\\)`),
      proofs: wordsOf("proofMember\\?"),
      bindings: wordsOf("bindingMember\\?"),
      placesIn: wordsOf(`place.member\\("in"\\)`),
      placesWhen: wordsOf(`place.member\\("when"\\)`),
      limitedUse: read("packages/protocol/src/manifest-entries.ts").includes(`"limitedUse"`),
    });
    expect(newest?.channels).toHaveLength(4);
  });

  it("reads as much as the protocol bounds", () => {
    const { manifestBytes, apis, pinsMax: pins, roots, secrets, places } = limits;
    expect(newest).toMatchObject({ manifestBytes, apis, pins, roots, secrets, places });
  });

  it("is that of today's agent", () => {
    const [, sdk = ""] = /sdk = "([^"]+)"/.exec(read("packages/client/src/statement/build-statement.ts")) ?? [];
    expect(knowledgeOf(sdk, sdkReleases)).toBe(newest);
  });
});

describe("what an agent knows", () => {
  const [first] = sdkReleases;
  if (first === undefined) throw new TypeError("the table has a row");
  const at = (pins: number): SdkKnowledge => ({ ...first.knowledge, pins });
  const table = [
    { name: "a", from: "1.2.0", knowledge: at(2) },
    { name: "a", from: "1.10.0", knowledge: at(3) },
    { name: "a", from: "0.9.9", knowledge: at(1) },
    { name: "b", from: "0.0.1", knowledge: at(4) },
  ];

  it.each([
    ["a/0.9.9", 1],
    ["a/1.1.99", 1],
    ["a/1.2.0", 2],
    ["a/1.9.0", 2],
    ["a/1.10.0", 3],
    ["a/2.0.0", 3],
    ["a/1.10.0-beta.1", 3],
    ["a/1.10.0+build", 3],
    ["b/9.9.9", 4],
  ])("of %s is what the newest row not after it says", (sdk, pins) => {
    expect(knowledgeOf(sdk, table)?.pins).toBe(pins);
  });

  it.each(["a/0.9.8", "c/1.0.0", "a", "a/1", "a/1.2", "a/1.2.x", "A/1.2.0", "a/1.2.0.4", " a/1.2.0", "", "a/1e9.0.0"])(
    "of %o is not known",
    (sdk) => {
      expect(knowledgeOf(sdk, table)).toBeNull();
    },
  );
});
