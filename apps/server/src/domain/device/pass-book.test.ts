import { encodeBase64url, type Pass } from "@countersign/protocol";
import { derivePassKeys, sealPass } from "@countersign/protocol/server";
import { describe, expect, it } from "vitest";
import { openPassOf, type PassRing } from "./open-bearer-pass.ts";
import { createPassBook } from "./pass-book.ts";

const id = (fill: number): string => encodeBase64url(new Uint8Array(16).fill(fill));
const projectId = new Uint8Array(16).fill(7);
const seed = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const pass: Pass = {
  instance: id(1),
  subject: id(2),
  app: "photos",
  verdict: "trusted",
  session: id(3),
  issuedAtMs: 0,
  exp: 300,
  secrets: ["photo-key"],
};

function ringOf(seeds: Readonly<Record<number, number>>, decoys = false, project = projectId): PassRing {
  const keys = Object.entries(seeds).map(([at, fill]) => [Number(at), derivePassKeys(seed(fill), project)] as const);
  return { projectId: project, passKeys: new Map(keys), decoys };
}

function sealed(change: { readonly decoy?: boolean; readonly seed?: number; readonly salt?: number } = {}): string {
  const { decoy = false, seed: fill = 1, salt = 9 } = change;
  const how = {
    project: projectId,
    projectSeed: seed(fill),
    generation: 1,
    salt: new Uint8Array(16).fill(salt),
    decoy,
  };
  return sealPass(pass, how) ?? "";
}

describe("a book of passes", () => {
  it("opens what can be opened, once for all calls of its session", () => {
    const book = createPassBook(() => 0);
    const ring = ringOf({ 1: 1 });
    const first = book.open(ring, sealed());
    expect(first).toEqual(openPassOf(ring, sealed()));
    expect(book.open(ring, sealed())).toBe(first);
    expect(book.open(ring, `${sealed().slice(0, -2)}AA`)).toBeNull();
  });

  it("opens nothing by keys that are not the project's any more", () => {
    const book = createPassBook(() => 0);
    expect(book.open(ringOf({ 1: 1 }), sealed())).not.toBeNull();
    expect(book.open(ringOf({ 2: 2 }), sealed())).toBeNull();
    expect(book.open(ringOf({ 1: 2 }), sealed())).toBeNull();
  });

  it("opens nothing for another project", () => {
    const book = createPassBook(() => 0);
    expect(book.open(ringOf({ 1: 1 }), sealed())).not.toBeNull();
    expect(book.open(ringOf({ 1: 1 }, false, new Uint8Array(16).fill(8)), sealed())).toBeNull();
  });

  it("opens a decoy's pass while the project has decoys, and not when it has none any more", () => {
    const book = createPassBook(() => 0);
    const [on, off] = [ringOf({ 1: 1 }, true), ringOf({ 1: 1 })];
    expect(book.open(on, sealed({ decoy: true }))?.decoy).toBe(true);
    expect(book.open({ ...on, decoys: false }, sealed({ decoy: true }))).toBeNull();
    expect(book.open(off, sealed({ decoy: true }))).toBeNull();
  });

  it("keeps nothing beyond the end of a pass", () => {
    let nowMs = 0;
    const book = createPassBook(() => nowMs);
    const ring = ringOf({ 1: 1 });
    nowMs = pass.exp * 1000;
    expect(book.open(ring, sealed())).not.toBe(book.open(ring, sealed()));
  });
});
