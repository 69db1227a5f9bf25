import type { Budgets } from "../../config.ts";
import type { Changes } from "../changes/changes.ts";
import type { DecoyMemory, Ledger, OnceLedger, PlayIntegrityDecoder, RecordStore, Vault } from "../ports/index.ts";
import type { ProjectContexts } from "../project/project-contexts.ts";
import type { RiskMetrics } from "../receipts/risk-metrics.ts";
import type { Recipes } from "../recipes/create-recipes.ts";
import type { Counters } from "./counters.ts";
import type { EvidenceVerifier } from "./evidence-verifier.ts";
import type { FleetNotes } from "./fleet-notes.ts";
import type { Outbox } from "./outbox.ts";
import type { ServiceSeeds } from "./service-seeds.ts";
import type { Standing } from "./standing.ts";

/** What the use cases of the device API are given. */
export interface DeviceDeps {
  readonly store: RecordStore;
  readonly vault: Vault;
  readonly ledger: Ledger;
  readonly once: OnceLedger;
  readonly decoys: DecoyMemory;
  readonly contexts: ProjectContexts;
  readonly changes: Changes;
  readonly standing: Standing;
  readonly seeds: ServiceSeeds;
  readonly evidence: EvidenceVerifier;
  readonly playDecoder: PlayIntegrityDecoder;
  readonly outbox: Outbox;
  readonly counters: Counters;
  readonly recipes: Pick<Recipes, "valueOf" | "pretend">;
  readonly fleet: Pick<FleetNotes, "note">;
  readonly riskMetrics: Pick<RiskMetrics, "of">;
  readonly clock: { nowMs(): number };
  /** Cryptographically strong random bytes. */
  readonly random: (length: number) => Uint8Array;
  readonly budgets: Budgets;
  /** `https://HOST[:PORT]`, as issuers and configuration strings name this service. */
  readonly publicOrigin: () => string;
}
