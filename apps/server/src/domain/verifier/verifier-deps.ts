import type { Budgets } from "../../config.ts";
import type { AlarmBook } from "../alarms/alarm-book.ts";
import type { DecoyWatch } from "../alarms/watched-decoys.ts";
import type { Standing } from "../device/standing.ts";
import type { Ledger, OnceLedger, RecordStore } from "../ports/index.ts";
import type { ProjectContexts } from "../project/project-contexts.ts";
import type { PairwiseStanding } from "./pairwise-standing.ts";

/** What the use cases of backends' verifiers are given. */
export interface VerifierDeps {
  readonly store: Pick<RecordStore, "verifiers" | "traffic" | "tokenKeys">;
  readonly ledger: Pick<Ledger, "take" | "epochMs">;
  readonly once: OnceLedger;
  readonly contexts: Pick<ProjectContexts, "get">;
  readonly standing: Pick<Standing, "isCurrent">;
  readonly pairwise: PairwiseStanding;
  /** What is looked for at verifiers, and where what they saw goes. */
  readonly watch: DecoyWatch;
  readonly book: Pick<AlarmBook, "raise">;
  readonly clock: { nowMs(): number };
  readonly budgets: Pick<
    Budgets,
    "consumesPerVerifierPerMinute" | "decisionsPerVerifierPerMinute" | "reportsPerVerifierPerMinute"
  >;
  /** `https://HOST[:PORT]`, as issuers name this service. */
  readonly publicOrigin: () => string;
}
