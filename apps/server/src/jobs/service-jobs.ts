import type { Budgets } from "../config.ts";
import type { Counters } from "../domain/device/counters.ts";
import type { FleetNotes } from "../domain/device/fleet-notes.ts";
import type { Standing } from "../domain/device/standing.ts";
import type { RecordStore } from "../domain/ports/index.ts";
import type { ProjectContexts } from "../domain/project/project-contexts.ts";
import type { Rotation } from "../domain/project/project-operations.ts";
import type { RiskMetrics } from "../domain/receipts/risk-metrics.ts";
import type { DecisionCounts } from "../domain/verifier/decision-counts.ts";
import { nonceKeptMs } from "../domain/verifier/report-traffic.ts";
import type { Log } from "../log/create-log.ts";
import type { OpenAlarms } from "../start/open-alarms.ts";
import type { Job } from "./schedule.ts";

const dayMs = 86_400_000;

export interface ServiceJobsDeps {
  readonly store: RecordStore;
  readonly standing: Standing;
  readonly counters: Counters;
  readonly fleet: Pick<FleetNotes, "flush">;
  readonly decisions: Pick<DecisionCounts, "flush">;
  readonly alarms: Pick<OpenAlarms, "book" | "notifier">;
  readonly contexts: ProjectContexts;
  readonly rotate: (project: string) => Promise<Rotation>;
  /** Reads the status list again and bans what it newly names. */
  readonly followStatusList: () => Promise<void>;
  /** Renews the App Attest receipts that are due. */
  readonly renewReceipts: () => Promise<void>;
  /** Looks at the certificates of protected APIs that are due; null where that is turned off. */
  readonly watchCertificates: (() => Promise<void>) | null;
  readonly riskMetrics: Pick<RiskMetrics, "reconcile">;
  readonly clock: { nowMs(): number };
  readonly budgets: Budgets;
  readonly log: Log;
}

/** What the service does by itself. */
export function serviceJobs(deps: ServiceJobsDeps): readonly Job[] {
  const { store, clock, budgets, log } = deps;
  return [
    { name: "reconcile_bans", everyMs: 5000, run: () => deps.standing.reconcile() },
    { name: "write_counters", everyMs: 60_000, run: () => deps.counters.flush() },
    { name: "write_fleet", everyMs: 60_000, run: () => deps.fleet.flush() },
    { name: "write_decisions", everyMs: 60_000, run: () => deps.decisions.flush() },
    { name: "write_alarms", everyMs: 5000, run: () => deps.alarms.book.flush() },
    { name: "tell_alarms", everyMs: 10_000, run: () => deps.alarms.notifier.run() },
    { name: "follow_status_list", everyMs: 60_000, run: deps.followStatusList },
    { name: "renew_receipts", everyMs: 60_000, run: deps.renewReceipts },
    ...(deps.watchCertificates === null
      ? []
      : [{ name: "watch_certificates", everyMs: 60_000, run: deps.watchCertificates }]),
    { name: "reconcile_risk_metrics", everyMs: 60_000, run: () => deps.riskMetrics.reconcile() },
    {
      name: "rotate_keys",
      everyMs: 3_600_000,
      run: async () => {
        for (const id of await deps.contexts.ids()) {
          const rotation = await deps.rotate(id);
          if (rotation === "rotated") log.info({ event: "keys_rotated", project: id }, "keys rotated");
          if (rotation === "root_key_absent")
            log.warn({ event: "rotation_waits", project: id }, "rotation waits for the root key");
        }
      },
    },
    {
      name: "prune",
      everyMs: 600_000,
      run: async () => {
        const traces = await store.traces.prune(clock.nowMs() - budgets.traceDays * dayMs, budgets.tracesPerProject);
        const events = await store.events.prune(clock.nowMs() - budgets.eventDays * dayMs);
        const traffic = await store.traffic.prune(
          clock.nowMs() - budgets.trafficDays * dayMs,
          clock.nowMs() - nonceKeptMs,
        );
        const fleet = await store.fleet.prune(clock.nowMs() - budgets.fleetDays * dayMs);
        const alarms = await store.alarms.prune(
          clock.nowMs() - budgets.alarmDays * dayMs,
          clock.nowMs() - budgets.acknowledgedAlarmDays * dayMs,
        );
        if (traces + events + traffic + fleet + alarms > 0)
          log.info({ event: "pruned", traces, events, traffic, fleet, alarms }, "pruned");
      },
    },
  ];
}
