import { deriveLinkKeys } from "@countersign/protocol/server";
import { watchedDecoys } from "../alarms/watched-decoys.ts";
import { brokeredCanary } from "../device/decoy-secret.ts";
import type { Secret, Vault } from "../ports/index.ts";
import type { ProjectContext } from "../project/project-context.ts";
import { isBrokeredFor } from "../project/secret-use.ts";
import type { BrokerContent, StateSecret } from "./broker-state.ts";

/** What a broker that stands alone is given of a project: never a secret that is delivered alone, never a seed, never a signing key. */
export function contentOfProject(vault: Vault, context: ProjectContext): BrokerContent {
  const decoys = context.project.settings.decoy === true;
  const brokered = [...context.secrets.values()].filter(isBrokeredForSome);
  return {
    manifest: context.wholeManifest(),
    passKeys: context.passKeys,
    linkKeys: new Map(
      context.seeds.map(({ generation, seed }) => [generation, deriveLinkKeys(seed.reveal(), context.projectId)]),
    ),
    links: new Map([...context.apis].flatMap(([api, { links }]) => (links == null ? [] : [[api, links] as const]))),
    secrets: brokered.map(
      (secret): StateSecret => ({
        name: secret.name,
        version: secret.version,
        mode: secret.mode,
        apps: secret.apps,
        terms: secret.terms ?? { processor: null, budgets: [] },
        value: secret.recipe == null ? ownValueOf(vault, secret) : null,
        canary: decoys ? brokeredCanary(vault, context, secret) : null,
      }),
    ),
    watched: watchedDecoys(vault, context),
    decoys,
    decoyAnswers: new Map(
      [...context.apis].flatMap(([api, { decoyAnswer }]) => (decoyAnswer == null ? [] : [[api, decoyAnswer] as const])),
    ),
    allowPrivate: context.project.kind === "development",
  };
}

/** A recipe's own value is the root credential: it stays here. */
function ownValueOf(vault: Vault, { value, project, name, version }: Secret): Uint8Array {
  return vault.open(value, ["secret", project, name, String(version)]).reveal();
}

function isBrokeredForSome({ mode }: Secret): boolean {
  return (["trusted", "restricted"] as const).some((verdict) =>
    isBrokeredFor({ mode, apps: null }, { app: "", verdict }),
  );
}
