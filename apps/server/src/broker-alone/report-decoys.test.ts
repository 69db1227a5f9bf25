import type { PresentedCall } from "@countersign/broker";
import { encodeBase64url, type Manifest } from "@countersign/protocol";
import { expect, it } from "vitest";
import { decoyDigest } from "../domain/alarms/watched-decoys.ts";
import type { HeldContent } from "./held-state.ts";
import { createDecoyReports } from "./report-decoys.ts";

const value = "a-decoy-value-0123456789";
const content = {
  manifest: { project: "p", apis: [{ api: "nasa" }] } as unknown as Manifest,
  watched: [
    { kind: "decoy_secret_used", name: "bait", length: value.length, digest: encodeBase64url(decoyDigest(value)) },
  ],
} as unknown as HeldContent;
const callWith = (more: Partial<PresentedCall> = {}): PresentedCall => ({
  project: "p",
  api: "nasa",
  instance: null,
  network: null,
  request: { headers: [["x-api-key", value]], target: "/" },
  ...more,
});

it("tells the service of decoys that were seen, counted together, and never of a value", async () => {
  const told: unknown[] = [];
  let answers = false;
  const reports = createDecoyReports({
    held: { current: () => content },
    link: {
      ask: async (_call, members) => {
        told.push(members.spotted);
        return answers ? { ok: true, plaintext: new Uint8Array() } : { ok: false, reason: "unreachable" };
      },
    },
  });
  for (let seen = 0; seen < 3; seen += 1) reports.spot(callWith());
  reports.spot(callWith({ project: "other" }));
  reports.spot(callWith({ request: { headers: [], target: "/nothing" } }));
  reports.spot(callWith({ api: "x".repeat(500) }));
  await reports.flush();
  const first = { kind: "decoy_secret_used", decoy: "bait", api: "nasa", instance: null, count: 3 };
  expect(told).toEqual([[first, { ...first, api: "", count: 1 }]]);
  expect(JSON.stringify(told)).not.toContain(value);
  answers = true;
  for (let other = 0; other < 200; other += 1) reports.spot(callWith({ instance: `instance-${other}` }));
  await reports.flush();
  const after = told.slice(1).flat() as { count: number }[];
  expect(after.length).toBeLessThanOrEqual(128);
  expect(after.reduce((sum, { count }) => sum + count, 0)).toBe(204);
  const { length } = told;
  await reports.flush();
  expect(told).toHaveLength(length);
  reports.close();
});
