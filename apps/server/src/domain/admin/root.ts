import type { Actor, AdminContext } from "./admin-context.ts";
import { audited, projectOf } from "./admin-context.ts";
import { AdminError } from "./admin-error.ts";
import type { RootKeyName } from "./project-operations.ts";
import { parsePublicHost } from "./rules/public-host.ts";
import { accept } from "./rules/rule.ts";

/** The public side of a project's trust. */
export interface RootView {
  readonly configuration: string;
  /** b64u 65-byte points. */
  readonly rootPoint: string;
  readonly recoveryPoint: string;
  /** The signed key list envelope, as it travels. */
  readonly keyList: string;
  readonly keyListVersion: number;
  readonly keyListByRecovery: boolean;
  /** Private keys that still lie in the data folder. */
  readonly heldKeys: readonly RootKeyName[];
}

/** `host` null: the configuration string names the service's public origin. */
export async function exportRoot(context: AdminContext, projectId: string, host: string | null): Promise<RootView> {
  const project = await projectOf(context, projectId);
  const named = host === null ? null : accept("/host", parsePublicHost(host));
  return {
    configuration: context.operations.configurationOf(project, named),
    rootPoint: project.rootPoint,
    recoveryPoint: project.recoveryPoint,
    keyList: project.keyList,
    keyListVersion: project.keyListVersion,
    keyListByRecovery: project.keyListByRecovery,
    heldKeys: await context.operations.heldRootKeys(project.id),
  };
}

/** Replaces the root through the recovery root: for a lost or stolen root, or a stolen online key. There is no way back. */
export async function recoverRoot(context: AdminContext, actor: Actor, projectId: string): Promise<RootView> {
  const project = await projectOf(context, projectId);
  const recovered = await context.operations.recover(project.id);
  if (!recovered.ok) {
    throw new AdminError(
      recovered.reason,
      "Put the recovery root's key file back into the folder `roots` of the data folder, try again, and take it away afterwards.",
    );
  }
  await audited(context, actor, project.id, "root.recover", project.id, {
    keyListVersion: recovered.project.keyListVersion,
  });
  return await exportRoot(context, project.id, null);
}
