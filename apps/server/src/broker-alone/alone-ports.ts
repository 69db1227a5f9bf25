import type { BrokerEvent, BrokerPorts, Decoys } from "@countersign/broker";
import type { Configuration } from "@countersign/protocol";
import { createPassBook } from "../domain/device/pass-book.ts";
import type { HoldValue, Ledger, OnceLedger } from "../domain/ports/index.ts";
import { defaultDecoyAnswer } from "../domain/project/default-decoy-answer.ts";
import { isBrokeredFor } from "../domain/project/secret-use.ts";
import { aloneLinkPorts } from "./alone-link-ports.ts";
import { drawAtService, mintAtService } from "./ask-service.ts";
import type { HeldContent, HeldState, HeldStateSecret } from "./held-state.ts";
import { LinkLostError } from "./link-lost-error.ts";
import type { DecoyReports } from "./report-decoys.ts";
import type { ServiceClock } from "./service-clock.ts";
import type { ServiceLink } from "./service-link.ts";

export interface AloneHost {
  readonly configuration: Configuration;
  readonly held: HeldState;
  readonly link: Pick<ServiceLink, "ask">;
  readonly hold: HoldValue;
  readonly decoys: Pick<DecoyReports, "spot">;
  readonly ledger: OnceLedger & Pick<Ledger, "take" | "epochMs">;
  readonly clock: Pick<ServiceClock, "nowMs" | "knownSinceMs">;
  readonly origins: () => readonly string[];
  /** PEM certificates. */
  readonly upstreamCas: readonly string[];
  readonly log: (event: BrokerEvent) => void;
}

/**
 * What the broker asks of its host, from what the service sent. Nonces and quotas are this process's own: a signed target names the origin it is for, and one origin is
 * one process. Budgets are the service's: whoever draws on one, it is the same. While the state is not current nobody passes.
 */
export function alonePorts(host: AloneHost): BrokerPorts {
  const { configuration, held, ledger, link } = host;
  const { project: own, projectId } = configuration;
  const passes = createPassBook(host.clock.nowMs);

  const current = (project: string): HeldContent | null => {
    const content = held.current();
    if (content === null) throw new LinkLostError();
    return project === own ? content : null;
  };

  return {
    project: async (id) => {
      const content = current(id);
      return content === null ? null : { id, manifest: content.manifest };
    },
    openPass: (project, text) => {
      const content = current(project);
      const opened =
        content === null ? null : passes.open({ passKeys: content.passKeys, projectId, decoys: content.decoys }, text);
      if (content === null || opened === null) return { ok: false, code: "pass_invalid" };
      const secrets = opened.pass.secrets.filter((name) => brokered(content, name, opened.pass) !== null);
      return { ok: true, ...opened, pass: { ...opened.pass, secrets } };
    },
    isBanned: (project, instance, subject) =>
      current(project) === null || held.isBanned(instance, subject, host.clock.nowMs()),
    decoys: (project) => {
      const content = current(project);
      return content?.decoys === true ? decoysOf(content) : null;
    },
    // The ledger was born by this machine's clock: one that is behind would take again what a process before this one saw.
    epochMs: async () => Math.max(await ledger.epochMs(), host.clock.knownSinceMs()),
    take: (key, limit, windowSeconds) => ledger.take(key, limit, windowSeconds),
    draw: (key) => drawAtService(link, key),
    termsOf: async (project, name) => current(project)?.secrets.get(name)?.terms ?? { processor: null, budgets: [] },
    once: (key, ttlSeconds) => ledger.once(key, ttlSeconds),
    revealSecret: async (project, name, bearer) => {
      const content = current(project);
      const secret = content === null ? null : brokered(content, name, bearer);
      if (secret === null || secret.terms === null) return null;
      if (secret.value === null) return await mintAtService(host, name, bearer);
      // A copy: what is held may be wiped before the caller comes to read it.
      return host.hold(secret.value.reveal());
    },
    versionOf: async (project, name, bearer) => {
      const content = current(project);
      return content === null ? null : (brokered(content, name, bearer)?.version ?? null);
    },
    ...aloneLinkPorts(current, projectId),
    nowMs: host.clock.nowMs,
    origins: host.origins,
    allowPrivate: (project) => current(project)?.allowPrivate === true,
    upstreamCas: () => host.upstreamCas,
    spotDecoys: (call) => host.decoys.spot(call),
    log: host.log,
  };
}

function brokered(
  { secrets }: HeldContent,
  name: string,
  bearer: Parameters<typeof isBrokeredFor>[1],
): HeldStateSecret | null {
  const secret = secrets.get(name);
  return secret !== undefined && isBrokeredFor(secret, bearer) ? secret : null;
}

function decoysOf(content: HeldContent): Decoys {
  return {
    answerOf: (api) => content.decoyAnswers.get(api) ?? defaultDecoyAnswer,
    canaryOf: (name, bearer) => brokered(content, name, bearer)?.canary ?? null,
  };
}
