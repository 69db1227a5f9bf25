import type { TrustAnchor } from "@countersign/attestation";
import { attestedFacts } from "@countersign/protocol";
import type { AppAttestReceipts, Instance, KeptReceipt, Ledger, RecordStore, Vault } from "../ports/index.ts";
import { readRenewed } from "./read-renewed.ts";
import type { RiskMetrics } from "./risk-metrics.ts";
import { openReceipt, sealReceipt } from "./sealed-receipt.ts";

export interface RenewalDeps {
  readonly store: Pick<RecordStore, "receipts" | "instances">;
  readonly vault: Vault;
  readonly ledger: Pick<Ledger, "take">;
  readonly riskMetrics: Pick<RiskMetrics, "note">;
  readonly projects: () => Promise<readonly string[]>;
  /** Apple's server with the project's key; null where the operator gave none. */
  readonly receiptsOf: (project: string) => Promise<AppAttestReceipts | null>;
  /** Anchors of a development project beside Apple's. */
  readonly furtherAnchorsOf: (project: string) => Promise<readonly TrustAnchor[]>;
  readonly clock: { nowMs(): number };
  /** Calls of Apple's server, one project, an hour. */
  readonly renewalsPerHour: number;
  /** Told why a whole project is left alone for a while. */
  readonly onObstacle: (project: string, status: Obstacle) => void;
}

export type Obstacle = "slow_down" | "unauthorized" | "unavailable";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** The metric speaks of 30 days: asked weekly, each of them is seen four times. */
const renewEveryMs = 7 * dayMs;
/** Apple holds nothing of a device that has been silent as long. */
const silentMs = 30 * dayMs;
const claimMs = hourMs;
const batch = 10;
const mostPerRun = 60;

/**
 * Renews the receipts that are due, project by project, within the project's hourly budget. Runs beside everything else; no session waits for
 * it. Where Apple's server says to slow down, does not answer or does not know the key, the project is left alone for a while.
 */
export function createReceiptRenewals(deps: RenewalDeps): { run(): Promise<void> } {
  const { store, clock } = deps;
  const waitUntilMs = new Map<string, number>();

  async function renewProject(project: string, receipts: AppAttestReceipts): Promise<void> {
    const anchors = await deps.furtherAnchorsOf(project);
    for (let done = 0; done < mostPerRun; done += batch) {
      const nowMs = clock.nowMs();
      const due = await store.receipts.claimDue(project, nowMs, batch, nowMs + claimMs);
      for (const kept of due) if (!(await renew(receipts, kept, anchors))) return;
      if (due.length < batch) return;
    }
  }

  /** False where the project is to be left alone. What was claimed and not renewed is due again in an hour. */
  async function renew(
    receipts: AppAttestReceipts,
    kept: KeptReceipt,
    anchors: readonly TrustAnchor[],
  ): Promise<boolean> {
    const { project } = kept;
    const instance = await store.instances.get(project, kept.instance);
    const facts = attestedFacts(instance?.facts ?? null);
    if (instance === null || facts?.platform !== "ios") return true;
    if (clock.nowMs() - instance.lastSeenAtMs > silentMs) return rest(kept, renewEveryMs);
    if (!(await deps.ledger.take(`${project}:receipt-renewals`, deps.renewalsPerHour, 3600))) return false;
    const answer = await receipts.refresh(openReceipt(deps.vault, kept, kept.receipt), facts.environment);
    switch (answer.status) {
      case "renewed":
        return keep(kept, instance, answer.receipt, anchors);
      case "too_soon":
        return rest(kept, dayMs);
      case "no_data":
        deps.riskMetrics.note(project, kept.instance, null);
        return rest({ ...kept, riskMetric: null }, renewEveryMs);
      case "refused":
        return rest(kept, null);
      case "slow_down":
        return leave(project, answer.status, answer.retryAfterSeconds * 1000);
      case "unauthorized":
        return leave(project, answer.status, hourMs);
      case "unavailable":
        return leave(project, answer.status, 5 * minuteMs);
    }
  }

  /** Takes the renewed receipt in the old one's place, if Apple wrote it just now of this very instance. */
  async function keep(
    kept: KeptReceipt,
    instance: Instance,
    receipt: Uint8Array,
    anchors: readonly TrustAnchor[],
  ): Promise<boolean> {
    const nowMs = clock.nowMs();
    const facts = readRenewed(instance, receipt, anchors, nowMs);
    if (facts === null) return rest(kept, dayMs);
    const { riskMetric, notBeforeMs } = facts;
    deps.riskMetrics.note(kept.project, kept.instance, riskMetric);
    const sealed = sealReceipt(deps.vault, kept, receipt);
    return rest({ ...kept, receipt: sealed, riskMetric }, Math.max(renewEveryMs, (notBeforeMs ?? 0) - nowMs));
  }

  /** Writes the receipt as it is now; null: it is never renewed again. */
  async function rest(kept: KeptReceipt, forMs: number | null): Promise<true> {
    const nowMs = clock.nowMs();
    await store.receipts.update({ ...kept, renewAfterMs: forMs === null ? null : nowMs + forMs, updatedAtMs: nowMs });
    return true;
  }

  function leave(project: string, status: Obstacle, forMs: number): false {
    waitUntilMs.set(project, clock.nowMs() + forMs);
    deps.onObstacle(project, status);
    return false;
  }

  return {
    run: async () => {
      for (const project of await deps.projects()) {
        if ((waitUntilMs.get(project) ?? 0) > clock.nowMs()) continue;
        const receipts = await deps.receiptsOf(project);
        if (receipts !== null) await renewProject(project, receipts);
      }
    },
  };
}
