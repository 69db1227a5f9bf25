import type { Budgets, ServiceOptions } from "../config.ts";
import type { Ledger, RecordStore, Vault } from "../domain/ports/index.ts";
import type { ProjectContexts } from "../domain/project/project-contexts.ts";
import { createReceiptRenewals } from "../domain/receipts/renew-receipts.ts";
import { createRiskMetrics, type RiskMetrics } from "../domain/receipts/risk-metrics.ts";
import type { Log } from "../log/create-log.ts";
import { createAppleServers } from "../vendors/apple/apple-servers.ts";

export interface ReceiptRenewalsDeps {
  readonly store: RecordStore;
  readonly vault: Vault;
  readonly ledger: Ledger;
  readonly contexts: ProjectContexts;
  readonly clock: { nowMs(): number };
  readonly budgets: Budgets;
  readonly log: Log;
}

/** App Attest receipts renewed at Apple's servers, and what they said so far. */
export async function openReceiptRenewals(
  deps: ReceiptRenewalsDeps,
  { appleServers }: Pick<ServiceOptions, "appleServers">,
): Promise<{ readonly riskMetrics: RiskMetrics; readonly renew: () => Promise<void> }> {
  const { store, vault, contexts, clock, budgets, log } = deps;
  const riskMetrics = createRiskMetrics(store.receipts);
  await riskMetrics.reconcile();
  const apple = createAppleServers({
    store,
    vault,
    nowMs: clock.nowMs,
    ...(appleServers && { origins: appleServers }),
  });
  const renewals = createReceiptRenewals({
    ...deps,
    riskMetrics,
    projects: contexts.ids,
    receiptsOf: async (project) => (await apple.of(project))?.receipts ?? null,
    furtherAnchorsOf: async (project) => (await contexts.get(project))?.anchors ?? [],
    renewalsPerHour: budgets.receiptRenewalsPerHour,
    onObstacle: (project, status) => log.warn({ event: "receipts_wait", project, status }, "receipts wait"),
  });
  return { riskMetrics, renew: renewals.run };
}
