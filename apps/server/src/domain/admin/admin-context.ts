import type { AlarmBook } from "../alarms/alarm-book.ts";
import type { AlarmNotifier } from "../alarms/alarm-notifier.ts";
import type { SdkRelease } from "../lockout/sdk-knowledge.ts";
import type { AuditRecord, ChainAnswer, ChainLook, Ledger, Project, RecordStore, Vault } from "../ports/index.ts";
import type { Recipes } from "../recipes/create-recipes.ts";
import type { VerifierDeps } from "../verifier/verifier-deps.ts";
import { AdminError } from "./admin-error.ts";
import type { ProjectOperations } from "./project-operations.ts";
import type { RevocationView } from "./revocation-view.ts";

/** What the use cases are given. */
export interface AdminContext {
  readonly store: RecordStore;
  readonly vault: Vault;
  readonly ledger: Pick<Ledger, "take">;
  readonly operations: ProjectOperations;
  /** What this node has counted of alarms, and how they are told. */
  readonly alarms: Pick<AlarmBook, "flush" | "end"> & Pick<AlarmNotifier, "test">;
  /** What tokens are judged and consumed with. */
  readonly verifying: VerifierDeps;
  /** Tries recipes of secrets. */
  readonly recipes: Pick<Recipes, "test">;
  readonly nowMs: () => number;
  /** Cryptographically strong random bytes. */
  readonly random: (length: number) => Uint8Array;
  /** The service's version, for `status`. */
  readonly version: string;
  /** Whether the service was started for production projects alone. */
  readonly productionOnly: boolean;
  /** How the vendor's status list stands, for `status`. */
  readonly revocation: () => RevocationView;
  /** For how many days after it was last seen a version of an app counts as installed. */
  readonly fleetDays: number;
  /** Writes down the versions that this node has seen; else that happens each minute. */
  readonly writeFleet: () => Promise<void>;
  /** What agents know, by their versions. */
  readonly sdkReleases: readonly SdkRelease[];
  /** Looks at a live chain, under the rules of which addresses a project may have reached. Never rejects. */
  readonly lookAtChain: (
    project: Project,
    look: Pick<ChainLook, "host" | "port" | "pins" | "roots">,
  ) => Promise<ChainAnswer>;
}

/** Who asks: the administrator whose token was shown. */
export interface Actor {
  readonly id: string;
  readonly name: string;
}

/** The project, or `not_found`: a foreign id looks like an unknown one. */
export async function projectOf(context: AdminContext, id: string): Promise<Project> {
  const project = await context.store.projects.get(id);
  if (project === null || (context.productionOnly && project.kind === "development")) {
    throw new AdminError("not_found", "There is no such project. `countersign project list` shows those there are.");
  }
  return project;
}

/** Writes the audit record of a change. `detail` holds names and settings, never a value of a secret. */
export async function audited(
  context: AdminContext,
  actor: Actor,
  project: string | null,
  action: string,
  target: string,
  detail: AuditRecord["detail"] = {},
): Promise<void> {
  await context.store.audit.add({ project, atMs: context.nowMs(), actor: actor.id, action, target, detail });
}
