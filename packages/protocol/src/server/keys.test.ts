import { createHmac, hkdfSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { draw16, otherProject, project, projectSeed, subject } from "../../vectors/world.ts";
import { decodeBase64url } from "../base64url.ts";
import { tag } from "../tag.ts";
import { toUtf8 } from "../utf8.ts";
import { deriveKey } from "./derive-key.ts";
import { proofKeyOf, subjectFor } from "./subject.ts";

describe("deriveKey", () => {
  it("is HKDF with the tag and the project as info", () => {
    const info = Buffer.concat([tag("credential"), project]);
    expect(Buffer.from(deriveKey(projectSeed, "credential", project))).toEqual(
      Buffer.from(hkdfSync("sha256", projectSeed, "", info, 32)),
    );
  });

  it("gives another key for another name, project, seed or suffix", () => {
    const made = [
      deriveKey(projectSeed, "pass", project),
      deriveKey(projectSeed, "proof", project),
      deriveKey(projectSeed, "pass", otherProject),
      deriveKey(projectSeed, "pass"),
      deriveKey(new Uint8Array(32), "pass", project),
      deriveKey(projectSeed, "pass", project, toUtf8("api")),
    ];
    expect(new Set(made.map((key) => Buffer.from(key).toString("hex"))).size).toBe(made.length);
  });

  it("takes wrong lengths for a programmer's mistake", () => {
    expect(() => deriveKey(new Uint8Array(31), "pass", project)).toThrow(TypeError);
    expect(() => deriveKey(projectSeed, "pass", new Uint8Array(15))).toThrow(TypeError);
  });
});

describe("subjectFor", () => {
  it("is pairwise: another text for each API and project", () => {
    const made = [
      subjectFor(projectSeed, project, "nasa", subject),
      subjectFor(projectSeed, project, "bot", subject),
      subjectFor(projectSeed, otherProject, "nasa", subject),
      subjectFor(projectSeed, project, "nasa", draw16(9)),
    ];
    expect(new Set(made).size).toBe(4);
    for (const text of made) expect(decodeBase64url(text, 16)).not.toBeNull();
  });
});

describe("proofKeyOf", () => {
  it("is the MAC of the pass as it travels", () => {
    const key = deriveKey(projectSeed, "proof", project);
    expect(Buffer.from(proofKeyOf(projectSeed, project, "abc"))).toEqual(
      createHmac("sha256", key).update("abc").digest(),
    );
  });
});
