import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { EvidenceBusyError, type EvidenceJob } from "../domain/device/evidence-verifier.ts";
import { noStatusList } from "../domain/device/held-status-list.ts";
import { createEvidencePool } from "./evidence-pool.ts";

const job: EvidenceJob = {
  platform: "ios",
  attestation: randomBytes(64),
  attestedKey: new Uint8Array(65),
  clientDataHash: new Uint8Array(32),
  appIds: ["T.a"],
  environments: ["production"],
  furtherAnchors: [],
  nowMs: 0,
};

describe("the evidence pool", () => {
  it("answers every job it takes, more than it has workers", async () => {
    const pool = createEvidencePool({ workers: 2, queue: 20 });
    const verdicts = await Promise.all(Array.from({ length: 12 }, () => pool.verify(job)));
    expect(verdicts.map((verdict) => (verdict.ok ? "accepted" : verdict.reason))).toEqual(
      Array(12).fill("evidence_malformed"),
    );
    await pool.close();
  });

  it("refuses at once what does not fit its queue", async () => {
    const pool = createEvidencePool({ workers: 1, queue: 1 });
    const [first, second, third] = [pool.verify(job), pool.verify(job), pool.verify(job)];
    await expect(third).rejects.toBeInstanceOf(EvidenceBusyError);
    expect([(await first).ok, (await second).ok]).toEqual([false, false]);
    await pool.close();
  });

  it("gives up a job whose worker dies, and hires another", async () => {
    const pool = createEvidencePool({
      workers: 1,
      queue: 4,
      statusList: { text: "not a status list", staleAtMs: null, lostAtMs: null },
    });
    await expect(pool.verify(job)).rejects.toBeInstanceOf(EvidenceBusyError);
    pool.setStatusList(noStatusList);
    expect((await pool.verify(job)).ok).toBe(false);
    await pool.close();
  });

  it("gives up a job that takes too long", async () => {
    const pool = createEvidencePool({ workers: 1, queue: 4, timeoutMs: 0 });
    await expect(pool.verify(job)).rejects.toBeInstanceOf(EvidenceBusyError);
    await pool.close();
  });

  it("settles everything that waits when it closes, and takes nothing after", async () => {
    const pool = createEvidencePool({ workers: 1, queue: 4 });
    const waiting = Promise.allSettled([pool.verify(job), pool.verify(job)]);
    await pool.close();
    expect((await waiting).map((each) => each.status)).toEqual(["rejected", "rejected"]);
    await expect(pool.verify(job)).rejects.toBeInstanceOf(EvidenceBusyError);
  });
});
