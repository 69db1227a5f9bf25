import { createHash } from "node:crypto";
import { checkProcessed } from "../admin/rules/secret-terms.ts";
import { parseSecretValue } from "../admin/rules/secret-value.ts";
import type { CallOut, Ledger, Recipe, Secret, SecretValue, Vault } from "../ports/index.ts";
import type { ProjectContext } from "../project/project-context.ts";
import { instancePseudonym } from "./instance-pseudonym.ts";
import { createMintGuard, type MintBudgets, type MintTarget } from "./mint-guard.ts";
import { type Minted, mintValue } from "./mint-value.ts";
import { createMintedValues, type HeldMint } from "./minted-values.ts";
import { createPretendedMints } from "./pretended-mints.ts";
import type { RecipeProblem } from "./recipe-problems.ts";

export interface RecipesDeps {
  readonly vault: Pick<Vault, "open">;
  readonly ledger: Pick<Ledger, "take">;
  readonly callOut: CallOut;
  readonly hold: (bytes: Uint8Array) => SecretValue;
  readonly clock: { nowMs(): number };
  readonly random: (length: number) => Uint8Array;
  readonly budgets: MintBudgets;
  /** Told of every mint that failed, but no more than once a minute of one secret's budgets. */
  readonly onFailure: (event: {
    readonly project: string;
    readonly secret: string;
    readonly reason: RecipeProblem;
  }) => void;
  /** Resolves after so many milliseconds. Default: a timer that keeps nobody from ending. */
  readonly wait?: (ms: number, abort: AbortSignal) => Promise<void>;
}

/** For whom a value is minted; null: for whoever asks, which only values that all share are. */
export interface MintBearer {
  readonly instance: string;
  readonly subject: string;
}

export interface MintNeed {
  /** How long the value must live from now. */
  readonly leftMs: number;
  /** How long is waited for it; a mint goes on and is there for the next who asks. */
  readonly waitMs: number;
}

export type MintedValue =
  | { readonly ok: true; readonly value: SecretValue }
  | { readonly ok: false; readonly problem: RecipeProblem };

export type MintTest =
  | { readonly ok: true; readonly kind: Recipe["kind"]; readonly lifetimeSeconds: number; readonly fingerprint: string }
  | { readonly ok: false; readonly kind: Recipe["kind"]; readonly reason: RecipeProblem };

/** Short-lived values of secrets that are recipes. */
export interface Recipes {
  /** A value with enough life left, from memory or minted now. Never rejects. */
  valueOf(context: ProjectContext, secret: Secret, bearer: MintBearer | null, need: MintNeed): Promise<MintedValue>;
  /** Waits as a genuine instance would for its value, and mints nothing: for decoys. */
  pretend(secret: Secret, bearer: MintBearer, waitMs: number): Promise<void>;
  /** Mints once for nobody, keeps nothing, and tells how it went. */
  test(context: ProjectContext, secret: Secret): Promise<MintTest>;
  /** To be called where a project changed: values of other versions and of secrets that are gone are dropped. */
  keepCurrent(context: ProjectContext | null, project: string): void;
  /** To be called where an instance or a subject was banned. */
  dropBearer(project: string, by: "instance" | "subject", target: string): void;
  /** Breaks off what is in work. */
  close(): void;
}

/** Between a value's own end and the last moment that it is given: what a request with it may take, and how far clocks are apart. */
const marginMs = 30_000;
const mostInWork = 64;
/** One vendor that is slow must not hold back the others. */
const mostInWorkPerSecret = 16;
const mostHeld = 10_000;
const failed = (problem: RecipeProblem) => ({ ok: false, problem }) as const;

function waitFor(ms: number, abort: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      abort.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms).unref();
    abort.addEventListener("abort", end);
  });
}

export function createRecipes(deps: RecipesDeps): Recipes {
  const { nowMs } = deps.clock;
  const jitter = (): number => (deps.random(1)[0] ?? 0) / 255;
  const guard = createMintGuard({ ...deps, nowMs, jitter });
  const pretended = createPretendedMints({ nowMs, jitter });
  const values = createMintedValues({ capacity: mostHeld, nowMs });
  const inWork = new Map<string, Promise<HeldMint | RecipeProblem>>();
  const inWorkOf = new Map<string, number>();
  const toldBusy = new Map<string, number>();
  const closing = new AbortController();

  function tell({ project, secret }: MintTarget, reason: RecipeProblem): void {
    const key = `${project}/${secret}`;
    if (reason === "recipe_busy") {
      if (nowMs() < (toldBusy.get(key) ?? 0)) return;
      if (toldBusy.size >= mostHeld) toldBusy.clear();
      toldBusy.set(key, nowMs() + 60_000);
    }
    deps.onFailure({ project, secret, reason });
  }

  async function mint(context: ProjectContext, secret: Secret, recipe: Recipe, instance: string): Promise<Minted> {
    try {
      const { project, name, version, terms = null, places } = secret;
      const opened = deps.vault.open(secret.value, ["secret", project, name, String(version)]);
      return await mintValue(deps.callOut, {
        recipe,
        root: Buffer.from(opened.reveal()).toString("utf8"),
        pseudonym: instancePseudonym(context, name, instance),
        nowMs: nowMs(),
        random: deps.random,
        allowPrivate: context.project.kind === "development",
        abort: closing.signal,
        fits: (value) => {
          const bytes = parseSecretValue(value, places);
          return bytes.ok && checkProcessed(bytes.value, terms, places).ok;
        },
      });
    } catch {
      return { ok: false, problem: "recipe_root_invalid" };
    }
  }

  async function mintFor(
    context: ProjectContext,
    secret: Secret,
    recipe: Recipe,
    target: MintTarget,
    subject: string | null,
  ): Promise<HeldMint | RecipeProblem> {
    const refusal = await guard.refuse(target);
    if (refusal !== null) {
      if (refusal === "recipe_busy") tell(target, refusal);
      return refusal;
    }
    const askedAtMs = nowMs();
    const minted = await mint(context, secret, recipe, target.instance);
    if (closing.signal.aborted) return "recipe_unreachable";
    guard.note(target, minted.ok ? null : minted.problem);
    if (!minted.ok) {
      tell(target, minted.problem);
      return minted.problem;
    }
    const { lifetimeMs } = minted;
    const value = deps.hold(Buffer.from(minted.value, "utf8"));
    const held = { version: target.version, value, lifetimeMs, endsAtMs: askedAtMs + lifetimeMs, subject };
    values.put(target, held);
    pretended.note(target, { tookMs: nowMs() - askedAtMs, lifetimeMs });
    return held;
  }

  /** One mint for all who ask for the same value at once. */
  function mintOnce(
    target: MintTarget,
    start: () => Promise<HeldMint | RecipeProblem>,
  ): Promise<HeldMint | RecipeProblem> {
    const key = `${target.project}/${target.secret}/${target.version}/${target.setAtMs}/${target.instance}`;
    const running = inWork.get(key);
    if (running !== undefined) return running;
    const of = `${target.project}/${target.secret}`;
    const ofSecret = inWorkOf.get(of) ?? 0;
    if (inWork.size >= mostInWork || ofSecret >= mostInWorkPerSecret) {
      tell(target, "recipe_busy");
      return Promise.resolve("recipe_busy");
    }
    inWorkOf.set(of, ofSecret + 1);
    const started = start().finally(() => {
      inWork.delete(key);
      const left = (inWorkOf.get(of) ?? 1) - 1;
      if (left === 0) inWorkOf.delete(of);
      else inWorkOf.set(of, left);
    });
    inWork.set(key, started);
    return started;
  }

  async function inTime<T>(work: Promise<T>, ms: number): Promise<T | null> {
    const done = new AbortController();
    try {
      return await Promise.race([work, (deps.wait ?? waitFor)(ms, done.signal).then(() => null)]);
    } finally {
      done.abort();
    }
  }

  function judge({ value, lifetimeMs, endsAtMs }: HeldMint, leftMs: number): MintedValue | null {
    if (endsAtMs - marginMs >= nowMs() + leftMs) return { ok: true, value };
    // Another would be no longer: the vendor is not asked again and again for what never fits.
    return lifetimeMs - marginMs < leftMs ? failed("recipe_too_short") : null;
  }

  return {
    async valueOf(context, secret, bearer, { leftMs, waitMs }) {
      const { project, name, version, updatedAtMs: setAtMs, recipe } = secret;
      if (recipe == null) throw new TypeError("a secret without a recipe has a value of its own");
      if (recipe.perInstance && bearer === null) return failed("recipe_busy");
      const instance = recipe.perInstance && bearer !== null ? bearer.instance : "";
      const target: MintTarget = { project, secret: name, version, setAtMs, instance };
      const held = values.get(target);
      const kept = held === null ? null : judge(held, leftMs);
      if (kept !== null) return kept;
      const subject = recipe.perInstance ? (bearer?.subject ?? null) : null;
      const minting = mintOnce(target, () => mintFor(context, secret, recipe, target, subject));
      const minted = (await inTime(minting, waitMs)) ?? "recipe_unreachable";
      if (typeof minted === "string") return failed(minted);
      const judged = judge(minted, leftMs) ?? failed("recipe_too_short");
      if (!judged.ok) tell(target, judged.problem);
      return judged;
    },
    async pretend({ project, name, version, updatedAtMs: setAtMs, recipe }, { instance }, waitMs) {
      // Of a value that all share, no genuine session but one waits.
      if (recipe?.perInstance !== true) return;
      const ms = Math.min(waitMs, pretended.waitMsOf({ project, secret: name, version, setAtMs, instance }));
      if (ms > 0) await (deps.wait ?? waitFor)(ms, closing.signal);
    },
    async test(context, secret) {
      const { project, name, version, updatedAtMs: setAtMs, recipe } = secret;
      if (recipe == null) throw new TypeError("a secret without a recipe has a value of its own");
      const { kind } = recipe;
      const target: MintTarget = { project, secret: name, version, setAtMs, instance: "operator" };
      const refusal = await guard.refuse({ ...target, version: -1 });
      const minted = refusal === null ? await mint(context, secret, recipe, target.instance) : failed(refusal);
      if (!minted.ok) return { ok: false, kind, reason: minted.problem };
      const fingerprint = createHash("sha256").update(minted.value).digest("hex").slice(0, 16);
      return { ok: true, kind, lifetimeSeconds: Math.floor(minted.lifetimeMs / 1000), fingerprint };
    },
    keepCurrent: (context, project) =>
      values.keepCurrent(project, (secret) => context?.secrets.get(secret)?.version ?? null),
    dropBearer: values.dropBearer,
    close: () => closing.abort(),
  };
}
