import type { BrokerEvent, BrokerPorts, Decoys } from "@countersign/broker";
import type { Pass } from "@countersign/protocol";
import type { DecoySpotter } from "../domain/alarms/decoy-spotter.ts";
import { brokeredCanary } from "../domain/device/decoy-secret.ts";
import { createPassBook } from "../domain/device/pass-book.ts";
import type { Standing } from "../domain/device/standing.ts";
import type { Ledger, OnceLedger, UseLedger, Vault } from "../domain/ports/index.ts";
import { defaultDecoyAnswer } from "../domain/project/default-decoy-answer.ts";
import type { ProjectContext } from "../domain/project/project-context.ts";
import type { ProjectContexts } from "../domain/project/project-contexts.ts";
import { isBrokeredFor } from "../domain/project/secret-use.ts";
import type { Recipes } from "../domain/recipes/create-recipes.ts";
import { openForBearer } from "../domain/recipes/open-for-bearer.ts";
import { linkPorts } from "./link-ports.ts";

export interface BrokerHost {
  readonly contexts: ProjectContexts;
  readonly standing: Standing;
  readonly ledger: OnceLedger & UseLedger & Pick<Ledger, "take" | "epochMs">;
  readonly vault: Vault;
  readonly recipes: Pick<Recipes, "valueOf">;
  readonly spotter: DecoySpotter;
  readonly clock: { nowMs(): number };
  readonly origins: () => readonly string[];
  /** PEM certificates. */
  readonly upstreamCas: readonly string[];
  readonly log: (event: BrokerEvent) => void;
}

/** What the broker asks of its host, from this service's parts. While bans could not be reconciled, everybody counts as banned. */
export function brokerPorts(host: BrokerHost): BrokerPorts {
  const { contexts, standing, ledger, vault } = host;
  const passes = createPassBook(host.clock.nowMs);
  return {
    project: async (id) => {
      const context = await contexts.get(id);
      return context === null ? null : { id, manifest: context.wholeManifest() };
    },
    openPass: (id, pass) => {
      const context = contexts.held(id);
      if (context === null) return { ok: false, code: "pass_invalid" };
      const { passKeys, projectId, project } = context;
      const opened = passes.open({ passKeys, projectId, decoys: project.settings.decoy === true }, pass);
      if (opened === null) return { ok: false, code: "pass_invalid" };
      return { ok: true, ...opened, pass: { ...opened.pass, secrets: stillBrokered(context, opened.pass) } };
    },
    isBanned: (project, instance, subject) => {
      const { banned, quarantined } = standing.of(project, instance, subject);
      return banned || quarantined || !standing.isCurrent();
    },
    decoys: (project) => {
      const context = contexts.held(project);
      return context?.project.settings.decoy === true && standing.isCurrent() ? decoysOf(vault, context) : null;
    },
    epochMs: () => ledger.epochMs(),
    take: (key, limit, windowSeconds) => ledger.take(key, limit, windowSeconds),
    draw: (key, units, limit, windowSeconds) => ledger.draw(key, units, limit, windowSeconds),
    termsOf: async (project, name) =>
      (await contexts.get(project))?.secrets.get(name)?.terms ?? { processor: null, budgets: [] },
    once: (key, ttlSeconds) => ledger.once(key, ttlSeconds),
    revealSecret: async (project, name, bearer) => {
      const context = await contexts.get(project);
      return context === null ? null : await openForBearer(host, context, name, bearer);
    },
    versionOf: async (project, name, bearer) => {
      const secret = (await contexts.get(project))?.secrets.get(name);
      return secret !== undefined && isBrokeredFor(secret, bearer) ? secret.version : null;
    },
    ...linkPorts(contexts),
    nowMs: host.clock.nowMs,
    origins: host.origins,
    allowPrivate: (project) => contexts.held(project)?.project.kind === "development",
    upstreamCas: () => host.upstreamCas,
    spotDecoys: ({ project, api, instance, network, request }) => {
      const isApi = contexts.held(project)?.apis.has(api) === true;
      const who = {
        ...(isApi && { api }),
        ...(instance !== null && { instance }),
        ...(network !== null && { network }),
      };
      host.spotter.look({ project, where: "broker", who, request });
    },
    log: host.log,
  };
}

function decoysOf(vault: Vault, context: ProjectContext): Decoys {
  return {
    answerOf: (api) => context.apis.get(api)?.decoyAnswer ?? defaultDecoyAnswer,
    canaryOf: (name, bearer) => {
      const secret = context.secrets.get(name);
      return secret !== undefined && isBrokeredFor(secret, bearer) ? brokeredCanary(vault, context, secret) : null;
    },
  };
}

/** The secrets of a pass that are brokered for its app and verdict now: one that was taken from it is not used until the pass ends. */
function stillBrokered({ secrets }: ProjectContext, pass: Pass): readonly string[] {
  return pass.secrets.filter((name) => {
    const secret = secrets.get(name);
    return secret !== undefined && isBrokeredFor(secret, pass);
  });
}
