import { parseBudgetKey } from "@countersign/broker";
import { concatBytes, decodeBase64url, type KeyListEnvelope, toUtf8 } from "@countersign/protocol";
import { hmacSha256 } from "@countersign/protocol/server";
import { z } from "zod";
import { watchedDecoys } from "../alarms/watched-decoys.ts";
import { type DeviceProblem, problem } from "../device/outcome.ts";
import type { BrokerCredential } from "../ports/index.ts";
import type { ProjectContext } from "../project/project-context.ts";
import { openForBearer } from "../recipes/open-for-bearer.ts";
import type { BrokerDeps } from "./broker-deps.ts";
import { createBrokerRuns } from "./broker-runs.ts";
import { type BrokerState, encodeState, type StateBan } from "./broker-state.ts";
import { contentOfProject } from "./content-of-project.ts";
import {
  type LinkAnswer,
  type LinkCall,
  linkRequestHash,
  linkRequestShape,
  mostLinkPlaintext,
  sealLinkAnswer,
} from "./link-exchange.ts";
import { parseLinkJson } from "./link-json.ts";

export const mostLinkRequest = 16 * 1024;
const statesPerMinute = 1_200;
const drawsPerMinute = 600_000;
const mintsPerMinute = 60_000;

const stateRequest = z.object({
  ...linkRequestShape,
  /** Revisions of the parts that the asker holds. */
  holds: z.object({ project: z.string().max(64).nullable(), bans: z.string().max(64).nullable() }),
});

const drawRequest = z.object({ ...linkRequestShape, budget: z.string().min(1).max(512) });

const id = z.string().length(22);
const mintRequest = z.object({
  ...linkRequestShape,
  name: z.string().max(48),
  bearer: z.object({ instance: id, subject: id, app: z.string().max(48), verdict: z.enum(["trusted", "restricted"]) }),
});

const alarmsRequest = z.object({
  ...linkRequestShape,
  spotted: z
    .array(
      z.object({
        kind: z.enum(["decoy_secret_used", "canary_used"]),
        decoy: z.string().max(48),
        api: z.string().max(48),
        instance: id.nullable(),
        count: z.int().min(1).max(1_000_000),
      }),
    )
    .max(64),
});

export type BrokerAnswered = { readonly ok: true; readonly answer: LinkAnswer } | DeviceProblem;

/** What brokers that stand alone are answered, each of its own project alone. */
export interface BrokerAnswers {
  answer(call: LinkCall, broker: BrokerCredential, body: Uint8Array): Promise<BrokerAnswered>;
}

/** Every answer is sealed to the request's key and signed by the project's response key over the request. */
export function createBrokerAnswers(deps: BrokerDeps): BrokerAnswers {
  const runs = createBrokerRuns();
  const revisionKey = deps.random(32);
  const projectRevisions = new WeakMap<ProjectContext, string>();
  const banRevisions = new Map<string, { readonly of: number; readonly revision: string }>();
  /** Tells parts apart, and nothing of what is in them. */
  const revisionOf = (part: Uint8Array): string => Buffer.from(hmacSha256(revisionKey, part)).toString("base64url");

  const superseded = () => problem("conflict", "another process has this credential");

  async function state(broker: BrokerCredential, body: Uint8Array, context: ProjectContext) {
    const request = parseLinkJson(body, stateRequest, mostLinkRequest);
    if (request === null) return problem("malformed", "no request for a state");
    if (!(await deps.ledger.take(`${broker.project}:broker-link:state:${broker.name}`, statesPerMinute, 60)))
      return problem("slow_down", "too many states");
    if (!runs.isLatest(broker, request.run)) return superseded();
    const { standing } = deps;
    await standing.reconcile();
    if (!standing.isCurrent()) return problem("unavailable", "bans are not reconciled");
    const bans = bansPart(broker.project, request.holds.bans);
    const common = { serverTimeMs: deps.clock.nowMs(), origin: broker.origin };
    const held = projectRevisions.get(context);
    if (held !== undefined && held === request.holds.project)
      return { request, plaintext: encodeState({ ...common, project: { revision: held, content: null }, bans }) };
    const content = contentOfProject(deps.vault, context);
    const none = { revision: "", sequence: 0, content: null };
    const alone = encodeState({ serverTimeMs: 0, origin: null, project: { revision: "", content }, bans: none });
    const revision = revisionOf(alone);
    alone.fill(0);
    projectRevisions.set(context, revision);
    const project = { revision, content: revision === request.holds.project ? null : content };
    const plaintext = encodeState({ ...common, project, bans });
    for (const { value } of content.secrets) value?.fill(0);
    return { request, plaintext };
  }

  function bansPart(project: string, held: string | null): BrokerState["bans"] {
    const sequence = deps.standing.sequence();
    const of = deps.standing.revision();
    const known = banRevisions.get(project);
    if (known?.of === of && known.revision === held) return { revision: held, sequence, content: null };
    const content = deps.standing
      .bansOf(project)
      .map(({ kind, by, target, untilMs }): StateBan => ({ kind, by, target, untilMs }));
    const revision = revisionOf(toUtf8(JSON.stringify(content)));
    banRevisions.set(project, { of, revision });
    return { revision, sequence, content: revision === held ? null : content };
  }

  /** Draws on a budget that a brokered secret of the project has, as the record has it now: the broker's word counts for none of its numbers. */
  async function draw(broker: BrokerCredential, body: Uint8Array, context: ProjectContext) {
    const request = parseLinkJson(body, drawRequest, mostLinkRequest);
    const asked = request === null ? null : parseBudgetKey(request.budget);
    if (request === null || asked === null || asked.project !== broker.project)
      return problem("malformed", "no budget of this project");
    if (!(await deps.ledger.take(`${broker.project}:broker-link:draw:${broker.name}`, drawsPerMinute, 60)))
      return problem("slow_down", "too many draws");
    if (!runs.isLatest(broker, request.run)) return superseded();
    const budgets = context.secrets.get(asked.secret)?.terms?.budgets ?? [];
    const budget = budgets.find((each) => each.of === asked.of && each.windowSeconds === asked.windowSeconds);
    const drawn =
      budget !== undefined &&
      (await deps.ledger.draw(request.budget, budget.perCall, budget.limit, budget.windowSeconds));
    return { request, plaintext: toUtf8(JSON.stringify({ v: 1, drawn })) };
  }

  /** A value that is minted for one bearer. What it is minted with stays here. First byte 1 and the value; 0 where there is none. */
  async function mint(broker: BrokerCredential, body: Uint8Array, context: ProjectContext) {
    const request = parseLinkJson(body, mintRequest, mostLinkRequest);
    if (request === null) return problem("malformed", "no request for a value");
    if (!(await deps.ledger.take(`${broker.project}:broker-link:mint:${broker.name}`, mintsPerMinute, 60)))
      return problem("slow_down", "too many values");
    if (!runs.isLatest(broker, request.run)) return superseded();
    const { name, bearer } = request;
    const { banned, quarantined } = deps.standing.of(broker.project, bearer.instance, bearer.subject);
    const may = !banned && !quarantined && deps.standing.isCurrent() && context.secrets.get(name)?.recipe != null;
    const value = may ? ((await openForBearer(deps, context, name, bearer))?.reveal() ?? null) : null;
    const plaintext = value === null ? new Uint8Array([0]) : concatBytes(new Uint8Array([1]), value);
    value?.fill(0);
    return { request, plaintext };
  }

  /** Raises alarms of decoys that are there; of any other word it says as little. An earlier process may still tell what it saw. */
  async function alarms(broker: BrokerCredential, body: Uint8Array, context: ProjectContext) {
    const request = parseLinkJson(body, alarmsRequest, mostLinkRequest);
    if (request === null) return problem("malformed", "no alarms");
    if (!(await deps.ledger.take(`${broker.project}:broker-link:alarms:${broker.name}`, statesPerMinute, 60)))
      return problem("slow_down", "too many alarms");
    const known = new Set(watchedDecoys(deps.vault, context).map(({ kind, name }) => `${kind} ${name}`));
    for (const { kind, decoy, api, instance, count } of request.spotted) {
      if (!known.has(`${kind} ${decoy}`)) continue;
      const who = { ...(context.apis.has(api) && { api }), ...(instance !== null && { instance }) };
      deps.book.raise({ project: broker.project, kind, decoy, where: "broker", who, count });
    }
    return { request, plaintext: toUtf8(JSON.stringify({ v: 1 })) };
  }

  const making = { state, draw, mint, alarms } as const;

  return {
    async answer(call, broker, body) {
      const context = await deps.contexts.get(broker.project);
      if (context === null) return problem("unknown_project", "the project is not served here");
      const made = await making[call](broker, body, context);
      if ("ok" in made) return made;
      const { request, plaintext } = made;
      const key = decodeBase64url(request.key, 32);
      if (key === null || decodeBase64url(request.nonce, 16) === null) return problem("malformed", "key or nonce");
      if (plaintext.length > mostLinkPlaintext) return problem("unavailable", "the state is too large to be sent");
      const { project } = context;
      const from = {
        project: project.id,
        environment: project.kind,
        keys: JSON.parse(project.keyList) as KeyListEnvelope,
        responseKey: context.responseKey,
      };
      const answer = sealLinkAnswer(from, { hash: linkRequestHash(call, body), key }, plaintext);
      plaintext.fill(0);
      return answer === null ? problem("malformed", "the key cannot be sealed to") : { ok: true, answer };
    },
  };
}
