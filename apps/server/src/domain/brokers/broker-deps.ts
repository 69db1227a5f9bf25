import type { AlarmBook } from "../alarms/alarm-book.ts";
import type { Standing } from "../device/standing.ts";
import type { Ledger, OnceLedger, RecordStore, UseLedger, Vault } from "../ports/index.ts";
import type { ProjectContexts } from "../project/project-contexts.ts";
import type { Recipes } from "../recipes/create-recipes.ts";

/** What the use cases of brokers that stand alone are given. */
export interface BrokerDeps {
  readonly store: Pick<RecordStore, "brokers">;
  readonly ledger: Pick<Ledger, "take"> & OnceLedger & UseLedger;
  readonly contexts: Pick<ProjectContexts, "get">;
  readonly standing: Pick<
    Standing,
    "reconcile" | "isCurrent" | "bansOf" | "revision" | "sequence" | "subscribe" | "of"
  >;
  readonly vault: Vault;
  readonly book: Pick<AlarmBook, "raise">;
  readonly recipes: Pick<Recipes, "valueOf">;
  readonly clock: { nowMs(): number };
  /** Cryptographically strong random bytes. */
  readonly random: (length: number) => Uint8Array;
}
