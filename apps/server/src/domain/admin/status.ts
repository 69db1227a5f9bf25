import { chainSentence } from "../chains/chain-sentence.ts";
import type { Actor, AdminContext } from "./admin-context.ts";
import { listProjects } from "./projects.ts";
import { type RevocationView, revocationWarning } from "./revocation-view.ts";

/** What the service says of itself to an administrator. */
export interface StatusView {
  readonly version: string;
  readonly nowMs: number;
  readonly administrator: Actor;
  readonly productionOnly: boolean;
  readonly projects: readonly {
    readonly id: string;
    readonly name: string;
    readonly kind: "production" | "development";
  }[];
  readonly revocation: RevocationView;
  /** Alarms of every project that nobody has acknowledged. */
  readonly openAlarms: number;
  /** What an operator should still do, one sentence each. */
  readonly warnings: readonly string[];
}

export async function showStatus(context: AdminContext, actor: Actor): Promise<StatusView> {
  await context.store.ping();
  const projects = await listProjects(context);
  const warnings: string[] = [];
  for (const project of projects) {
    if (project.kind !== "production") continue;
    const held = await context.operations.heldRootKeys(project.id);
    if (held.length > 0) {
      warnings.push(
        `The private ${held.join(" and ")} key of ${project.name} lies in the data folder. Move it offline (docs/operations.md).`,
      );
    }
  }
  const revocation = context.revocation();
  const warning = revocationWarning(revocation);
  if (warning !== null && projects.some(({ kind }) => kind === "production")) warnings.push(warning);
  for (const project of projects) {
    for (const { api, findings } of await context.store.chains.list(project.id)) {
      for (const finding of findings) warnings.push(`The API ${api} of ${project.name}: ${chainSentence(finding)}.`);
    }
  }
  let openAlarms = 0;
  for (const { id, name } of projects) {
    const open = await context.store.alarms.countOpen(id);
    openAlarms += open;
    if (open > 0)
      warnings.push(`${open} open ${open === 1 ? "alarm" : "alarms"} of ${name}: countersign alarm list --open.`);
  }
  return {
    version: context.version,
    nowMs: context.nowMs(),
    administrator: actor,
    productionOnly: context.productionOnly,
    projects: projects.map(({ id, name, kind }) => ({ id, name, kind })),
    revocation,
    openAlarms,
    warnings,
  };
}
