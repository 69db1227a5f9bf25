import { randomBytes } from "node:crypto";
import { subjectFor } from "@countersign/protocol/server";
import { beforeEach, describe, expect, it } from "vitest";
import type { StandingOf } from "../device/standing.ts";
import { tokenIdOf } from "../device/token-id.ts";
import type { Ban, Instance } from "../ports/index.ts";
import type { ProjectContext } from "../project/project-context.ts";
import { createPairwiseStanding, type PairwiseStanding } from "./pairwise-standing.ts";

const projectId = randomBytes(16);
const project = projectId.toString("base64url");
const seeds = [2, 1].map((generation) => {
  const seed = randomBytes(32);
  return { generation, seed: { reveal: () => seed } };
});
const apis = new Map(
  Object.entries({ shop: "countersign", legacy: "approov", fire: "firebase-app-check" }).map(([id, profile]) => [
    id,
    { id, token: { profile } },
  ]),
);
const context = { project: { id: project }, projectId, seeds, apis } as unknown as ProjectContext;
const subject = randomBytes(16);
const sub = (audience: string, of: Uint8Array = subject, generation = 0) =>
  subjectFor(seeds[generation]?.seed.reveal() ?? new Uint8Array(), projectId, audience, of);
const did = (of?: Uint8Array) => Buffer.from(sub("project", of), "base64url").toString("base64");

describe("the standing of a pairwise subject", () => {
  let bans: Ban[];
  let instances: Map<string, string>;
  let revision: number;
  let nowMs: number;
  let reads: number;
  let pairwise: PairwiseStanding;

  beforeEach(() => {
    bans = [];
    instances = new Map([["i1", subject.toString("base64url")]]);
    revision = 1;
    nowMs = 1_700_000_000_000;
    reads = 0;
    const of = (_project: string, instance: string, subject_: string | null): StandingOf => {
      const held = bans.filter(
        (ban) =>
          ban.target === (ban.by === "instance" ? instance : subject_) && (ban.untilMs === null || nowMs < ban.untilMs),
      );
      return {
        banned: held.some(({ kind }) => kind === "ban"),
        quarantined: held.some(({ kind }) => kind === "quarantine"),
        quarantinedUntilMs: null,
      };
    };
    pairwise = createPairwiseStanding({
      standing: { of, bansOf: (id) => (id === project ? bans : []), revision: () => revision },
      instances: {
        get: async (_project, instance) => {
          reads += 1;
          const found = instances.get(instance);
          return found === undefined ? null : ({ subject: found } as Instance);
        },
      },
      clock: { nowMs: () => nowMs },
    });
  });

  const ban = (by: Ban["by"], target: string, more: Partial<Ban> = {}): void => {
    const common = {
      project,
      sequence: revision,
      kind: "ban",
      reason: "",
      createdAtMs: 0,
      untilMs: null,
      liftedAtMs: null,
    };
    bans = [...bans, { ...common, by, target, ...more } as Ban];
    revision += 1;
  };
  const isRefused = async (api: string, claims: Record<string, unknown>): Promise<boolean | null> => {
    const standing = await pairwise.of(context, api, claims);
    return standing === null ? null : standing.banned || standing.quarantined;
  };

  it.each(["instance", "subject"] as const)("is refused by a ban by %s, at each API under its own name", async (by) => {
    expect(await isRefused("shop", { sub: sub("shop") })).toBe(false);
    ban(by, by === "instance" ? "i1" : subject.toString("base64url"));
    expect(await isRefused("shop", { sub: sub("shop") })).toBe(true);
    expect(await isRefused("legacy", { did: did() })).toBe(true);
    expect(await isRefused("shop", { sub: sub("legacy") })).toBe(false);
    expect(await isRefused("shop", { sub: sub("shop", randomBytes(16)) })).toBe(false);
    expect(await isRefused("legacy", { did: did(randomBytes(16)) })).toBe(false);
  });

  it("is refused by the id of its tokens where they name nobody", async () => {
    const fire = { profile: "firebase-app-check" } as const;
    const jtiFor = (of: Uint8Array, generation = 0) => {
      const seed = seeds[generation]?.seed.reveal() ?? new Uint8Array();
      const id = tokenIdOf(fire, { seed, project: projectId, subject: of }, randomBytes);
      return { jti: Buffer.from(id).toString("base64url") };
    };
    expect(jtiFor(subject)).not.toEqual(jtiFor(subject));
    expect(await isRefused("fire", jtiFor(subject))).toBe(false);
    ban("instance", "i1");
    expect(await isRefused("fire", jtiFor(subject))).toBe(true);
    expect(await isRefused("fire", jtiFor(subject, 1))).toBe(true);
    expect(await isRefused("fire", jtiFor(randomBytes(16)))).toBe(false);
    expect(await isRefused("fire", { jti: randomBytes(16).toString("base64url") })).toBe(false);
  });

  it("is refused under the name that the seed before made", async () => {
    ban("instance", "i1");
    expect(await isRefused("shop", { sub: sub("shop", subject, 1) })).toBe(true);
  });

  it("is free again once a quarantine ended or a ban was lifted", async () => {
    ban("instance", "i1", { kind: "quarantine", untilMs: nowMs + 10 });
    expect(await isRefused("shop", { sub: sub("shop") })).toBe(true);
    nowMs += 10;
    expect(await isRefused("shop", { sub: sub("shop") })).toBe(false);
    ban("instance", "i1");
    expect(await isRefused("shop", { sub: sub("shop") })).toBe(true);
    bans = [];
    revision += 1;
    expect(await isRefused("shop", { sub: sub("shop") })).toBe(false);
  });

  it("finds an instance that was banned before the record knew it", async () => {
    ban("instance", "i2");
    const later = randomBytes(16);
    expect(await isRefused("shop", { sub: sub("shop", later) })).toBe(false);
    instances.set("i2", later.toString("base64url"));
    nowMs += 5000;
    expect(await isRefused("shop", { sub: sub("shop", later) })).toBe(true);
  });

  it("reads the record for what changed alone", async () => {
    ban("instance", "i1");
    for (let at = 0; at < 20; at += 1) await isRefused("shop", { sub: sub("shop") });
    expect(reads).toBe(1);
    ban("subject", randomBytes(16).toString("base64url"));
    await isRefused("shop", { sub: sub("shop") });
    expect(reads).toBe(1);
  });

  it("reads it once for all the tokens that come after a change", async () => {
    await isRefused("shop", { sub: sub("shop") });
    ban("instance", "i1");
    const many = await Promise.all(Array.from({ length: 50 }, () => isRefused("shop", { sub: sub("shop") })));
    expect([new Set(many), reads]).toEqual([new Set([true]), 1]);
  });

  it("cannot be told of claims that name nobody", async () => {
    ban("instance", "i1");
    expect(await isRefused("shop", {})).toBeNull();
    expect(await isRefused("legacy", { did: "no base64", sub: sub("shop") })).toBeNull();
    expect(await isRefused("fire", { sub: "1:2:ios:3" })).toBeNull();
    expect(await isRefused("fire", { sub: "1:2:ios:3", jti: "short" })).toBeNull();
  });

  it("rejects where the record cannot be read, and asks it again", async () => {
    ban("instance", "i9");
    const { get } = instances;
    instances.get = () => {
      throw new Error("gone");
    };
    await expect(isRefused("shop", { sub: sub("shop") })).rejects.toThrow("gone");
    instances.get = get.bind(instances);
    expect(await isRefused("shop", { sub: sub("shop") })).toBe(false);
  });
});
