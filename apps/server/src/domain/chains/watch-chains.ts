import type {
  ChainAnswer,
  ChainLook,
  Project,
  ProtectedApi,
  ReadChain,
  RecordStore,
  WatchedChain,
} from "../ports/index.ts";
import { judgeChain } from "./judge-chain.ts";

export interface ChainWatchDeps {
  readonly store: Pick<RecordStore, "projects" | "protectedApis" | "chains" | "audit">;
  readonly readChain: ReadChain;
  /** The one address of the host that may be looked at; null where it is none of the public Internet and `allowPrivate` does not let it be. */
  readonly addressOf: (
    host: string,
    allowPrivate: boolean,
  ) => Promise<
    | { readonly ok: true; readonly address: NonNullable<ChainLook["address"]> }
    | { readonly ok: false; readonly problem: "unreachable" | "address_refused" }
  >;
  /** PEM: what devices are taken to trust beside Node's own authorities. */
  readonly furtherCas: readonly string[];
  readonly productionOnly: boolean;
  readonly clock: { nowMs(): number };
  /** Told of another leaf than the last, and of findings, in names alone. */
  readonly onEvent: (event: ChainEvent) => void;
  /** Told of an API whose turn failed. */
  readonly onError: (project: string, api: string, error: unknown) => void;
}

export interface ChainEvent {
  readonly event: "certificate_changed" | "channel_at_risk";
  readonly project: string;
  readonly api: string;
  /** Problems by name, of `channel_at_risk`. */
  readonly problems: readonly string[];
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const mostPerRun = 64;
const atOnce = 8;

/**
 * Looks at the live chain of each protected API once a day; an hour later where it could not be reached. Nodes that run at once look at different
 * APIs. Another leaf than the last is an audit record and an event.
 */
export function createChainWatch(deps: ChainWatchDeps): { run(abort?: AbortSignal): Promise<void> } {
  const { store, clock } = deps;

  async function lookAt(project: Project, api: ProtectedApi, abort: AbortSignal | undefined): Promise<ChainAnswer> {
    const found = await deps.addressOf(api.host, project.kind === "development");
    if (!found.ok) return found;
    const { host, port, pins, roots } = api;
    const { furtherCas } = deps;
    return deps.readChain({ host, port, address: found.address, pins, roots, furtherCas, ...(abort && { abort }) });
  }

  async function watch(projectId: string, id: string, abort: AbortSignal | undefined): Promise<void> {
    const nowMs = clock.nowMs();
    const claimedUntilMs = nowMs + hourMs;
    if (!(await store.chains.claim(projectId, id, nowMs, claimedUntilMs))) return;
    const project = await store.projects.get(projectId);
    const api = await store.protectedApis.get(projectId, id);
    if (project === null || api === null || (deps.productionOnly && project.kind === "development")) return;
    const before = await store.chains.get(projectId, id);
    const answer = await lookAt(project, api, abort);
    if (abort?.aborted === true) return;
    await keep(api, before, answer, { nowMs, claimedUntilMs });
  }

  async function keep(
    api: ProtectedApi,
    before: WatchedChain | null,
    answer: ChainAnswer,
    { nowMs, claimedUntilMs }: { readonly nowMs: number; readonly claimedUntilMs: number },
  ): Promise<void> {
    const { project, id } = api;
    const certificates = answer.ok ? answer.chain.certificates : (before?.certificates ?? []);
    const [old] = before?.certificates ?? [];
    const [leaf] = certificates;
    const isOther = old !== undefined && leaf !== undefined && old.sha256 !== leaf.sha256;
    const findings = judgeChain(api, answer, { nowMs });
    const changedAtMs = isOther ? nowMs : (before?.changedAtMs ?? null);
    const chain = { project, api: id, checkedAtMs: nowMs, changedAtMs, certificates, findings };
    const dueAtMs = answer.ok ? nowMs + dayMs : claimedUntilMs;
    if (!(await store.chains.put(chain, { claimedUntilMs, dueAtMs }))) return;
    if (isOther) {
      const detail = { host: api.host, before: old.sha256, after: leaf.sha256, sameKey: old.pin === leaf.pin };
      const record = { project, atMs: nowMs, actor: "service", action: "api.certificate_changed", target: id, detail };
      await store.audit.add(record);
      deps.onEvent({ event: "certificate_changed", project, api: id, problems: [] });
    }
    const problems = [...new Set(findings.map(({ problem }) => problem))];
    if (problems.length > 0) deps.onEvent({ event: "channel_at_risk", project, api: id, problems });
  }

  return {
    async run(abort) {
      const due = [...(await store.chains.due(clock.nowMs(), mostPerRun))];
      const lane = async (): Promise<void> => {
        for (let next = due.shift(); next !== undefined && abort?.aborted !== true; next = due.shift()) {
          const { project, api } = next;
          await watch(project, api, abort).catch((error: unknown) => deps.onError(project, api, error));
        }
      };
      await Promise.all(Array.from({ length: atOnce }, lane));
    },
  };
}
