import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultBudgets } from "../../config.ts";
import { rootKeyFiles } from "../../data-folder/root-key-files.ts";
import { createMemoryLedger } from "../../ephemeral/memory-ledger.ts";
import { openSqliteStore } from "../../store/sqlite-store.ts";
import { openFileVault } from "../../vault/file-vault.ts";
import { createSecretValue } from "../../vault/secret-value.ts";
import { createAlarmBook, type Sighting } from "../alarms/alarm-book.ts";
import type { Told } from "../alarms/alarm-notifier.ts";
import { createDecoyWatch } from "../alarms/watched-decoys.ts";
import { createChanges, createMemoryBus } from "../changes/changes.ts";
import { createStanding } from "../device/standing.ts";
import { sdkReleases } from "../lockout/sdk-knowledge.ts";
import type { CallOut, ChainAnswer, ChainLook, RecordStore, Vault } from "../ports/index.ts";
import { createProjectContexts } from "../project/project-contexts.ts";
import { createProjectOperations } from "../project/project-operations.ts";
import { createProjectRows } from "../project/project-rows.ts";
import { createRecipes } from "../recipes/create-recipes.ts";
import { createPairwiseStanding } from "../verifier/pairwise-standing.ts";
import type { VerifierDeps } from "../verifier/verifier-deps.ts";
import type { Actor } from "./admin-context.ts";
import { AdminError } from "./admin-error.ts";
import { type AdminUseCases, createAdminUseCases } from "./admin-use-cases.ts";
import { mintBootstrapToken } from "./bootstrap.ts";
import type { RevocationView } from "./revocation-view.ts";

const freshList: RevocationView = {
  source: "fetched",
  state: "fresh",
  freshUntilMs: Date.UTC(2026, 10, 23),
  refusesFromMs: Date.UTC(2026, 10, 30),
  lastFailure: null,
};

/** The administrator's use cases over a real SQLite record, file vault, memory ledger and root key files, on a clock that stands still. */
export interface AdminLab {
  readonly admin: AdminUseCases;
  readonly store: RecordStore;
  readonly vault: Vault;
  readonly actor: Actor;
  /** The token of `actor`. */
  readonly token: string;
  readonly folder: string;
  /** Uses a decoy, as a request would. */
  raise(sighting: Sighting): void;
  /** Projects whose devices were told of a change, in order. */
  readonly changed: readonly string[];
  advance(ms: number): void;
  nowMs(): number;
  mintBootstrap(): Promise<string>;
  close(): Promise<void>;
}

export async function openAdminLab(
  options: {
    readonly productionOnly?: boolean;
    readonly revocation?: RevocationView;
    /** What comes of a message about an alarm. Default: nobody is reached. */
    readonly told?: (url: string) => Told;
    /** What live chains show. Default: no host can be reached. */
    /** What the endpoints of recipes answer. Default: none can be reached. */
    readonly callOut?: CallOut;
    readonly chain?: (look: Pick<ChainLook, "host" | "port" | "pins" | "roots">) => ChainAnswer;
  } = {},
): Promise<AdminLab> {
  const folder = mkdtempSync(join(tmpdir(), "countersign-admin-"));
  let now = Date.UTC(2026, 10, 22, 12);
  const clock = { nowMs: () => now };
  const random = (length: number): Uint8Array => randomBytes(length);
  const store = await openSqliteStore({ folder });
  const vault = await openFileVault({ folder });
  const changes = createChanges(createMemoryBus(), clock, 10);
  const changed: string[] = [];
  changes.subscribe(({ project }) => changed.push(project));
  const operations = createProjectOperations({
    store,
    vault,
    roots: rootKeyFiles({ folder }),
    clock,
    random,
    rows: createProjectRows(store),
    changes,
    standing: { reconcile: async () => void changed.push("bans") },
    publicHost: () => "attest.example.org",
  });
  const ledger = createMemoryLedger(clock);
  const standing = createStanding(store, { ...clock, monotonicMs: clock.nowMs });
  await standing.reconcile();
  const alarms = createAlarmBook({
    alarms: store.alarms,
    clock,
    random,
    onAlarm: () => {},
    onWritten: () => {},
    onError: (error) => {
      throw error;
    },
  });
  const verifying: VerifierDeps = {
    store,
    watch: createDecoyWatch(vault),
    book: alarms,
    ledger,
    once: ledger,
    contexts: createProjectContexts({
      store,
      vault,
      changes,
      rows: createProjectRows(store),
      clock: { ...clock, monotonicMs: clock.nowMs },
      productionOnly: options.productionOnly ?? false,
    }),
    standing,
    pairwise: createPairwiseStanding({ standing, instances: store.instances, clock }),
    clock,
    budgets: defaultBudgets,
    publicOrigin: () => "https://attest.example.org",
  };
  const admin = createAdminUseCases({
    store,
    vault,
    ledger,
    operations,
    alarms: {
      ...alarms,
      test: async (_project, { url }) => options.told?.(url) ?? { ok: false, problem: "unreachable" },
    },
    verifying,
    recipes: createRecipes({
      vault,
      ledger,
      callOut: options.callOut ?? (async () => ({ ok: false, failure: "unreachable" })),
      hold: createSecretValue,
      clock,
      random,
      budgets: defaultBudgets,
      onFailure: () => {},
    }),
    nowMs: clock.nowMs,
    random,
    version: "0.0.0-test",
    productionOnly: options.productionOnly ?? false,
    revocation: () => options.revocation ?? freshList,
    fleetDays: 90,
    writeFleet: async () => {},
    sdkReleases,
    lookAtChain: async (_project, look) => options.chain?.(look) ?? { ok: false, problem: "unreachable" },
  });
  const mintBootstrap = async () =>
    (await mintBootstrapToken({ bootstrapTokens: store.bootstrapTokens, nowMs: clock.nowMs, random })).token;
  const { administrator: actor, token } = await admin.redeemBootstrap({ token: await mintBootstrap(), name: "Ada" });
  return {
    admin,
    raise: alarms.raise,
    store,
    vault,
    actor,
    token,
    folder,
    changed,
    advance: (ms) => {
      now += ms;
    },
    nowMs: clock.nowMs,
    mintBootstrap,
    close: async () => {
      changes.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The code of the refusal that `task` ends with, and the members it names; what is no refusal is thrown on. */
export async function refusalOf(task: Promise<unknown>): Promise<string> {
  try {
    await task;
  } catch (error) {
    if (!(error instanceof AdminError)) throw error;
    return [error.code, ...error.faults.map(({ path }) => path)].join(" ");
  }
  return "done";
}
