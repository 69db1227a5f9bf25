import {
  type CustomClaims,
  isId,
  type Manifest,
  parseConfigurationString,
  parseCustomClaims,
  placeholderOf,
} from "@countersign/protocol";
import { createAborter } from "./abort.ts";
import type { Agent, AgentConfig, AgentOptions } from "./agent-api.ts";
import { shareInside } from "./agent-inside.ts";
import type { AgentState, SessionSummary } from "./agent-state.ts";
import { AgentClock } from "./clock/agent-clock.ts";
import type { Coverage } from "./coverage.ts";
import { sha256 } from "./crypto/sha256.ts";
import { takeDevelopmentKey } from "./enrolment/development-key.ts";
import { DeviceKeys } from "./enrolment/device-keys.ts";
import { InstanceStore } from "./enrolment/instance-store.ts";
import { AgentError } from "./errors.ts";
import { type AgentEventName, type AgentEvents, Emitter } from "./events.ts";
import { AgentFetch } from "./fetch/agent-fetch.ts";
import type { AgentResponse } from "./fetch/agent-response.ts";
import type { AgentRequestInit } from "./fetch/app-request.ts";
import type { FetchDeps } from "./fetch/fetch-deps.ts";
import { AgentLog } from "./log/agent-log.ts";
import { logEvents } from "./log/log-events.ts";
import { AgentStorage } from "./memory/agent-storage.ts";
import { createMaskSource } from "./memory/mask-source.ts";
import type { AgentPorts } from "./ports.ts";
import { Prover } from "./proofs/prover.ts";
import { SecretHandle } from "./secret-handle.ts";
import type { Core } from "./session/core.ts";
import { Exchange } from "./session/exchange.ts";
import { SessionKeeper } from "./session/keeper.ts";
import { instanceOf } from "./session/send-statement.ts";
import { Signals } from "./signals/signals.ts";
import { Asks, type Needs, noNeeds } from "./statement/asks.ts";
import { HeldChannels } from "./trust/held-channels.ts";
import { manifestInForce } from "./trust/trust.ts";
import { TrustStore } from "./trust/trust-store.ts";
import { Watcher } from "./watch/watcher.ts";

export type { Agent, AgentConfig, AgentOptions };

function assertPorts(ports: AgentPorts): void {
  if (!isId(ports.app.id)) throw new TypeError("app.id is [a-z0-9-]{1,48}");
  const drawn = ports.randomness.bytes(32);
  const isConstant = drawn.every((byte) => byte === drawn[0]);
  if (drawn.length !== 32 || isConstant)
    throw new TypeError("randomness must be the platform's cryptographic generator");
}

function assertExclude(exclude: unknown): void {
  const isPattern = (each: unknown): boolean => Object.prototype.toString.call(each) === "[object RegExp]";
  if (exclude !== undefined && !(Array.isArray(exclude) && exclude.every(isPattern))) {
    throw new TypeError("exclude is a list of regular expressions");
  }
}

class CountersignAgent implements Agent {
  readonly #core: Core;
  readonly #signals: Signals;
  readonly #keeper: SessionKeeper;
  readonly #watcher: Watcher | null;
  readonly #deps: FetchDeps;
  readonly #fetch: AgentFetch;
  readonly #stop = createAborter();
  readonly #emitter = new Emitter();
  readonly #log: AgentLog;
  #starting: Promise<void> | null = null;
  #started = false;
  #stopped = false;
  #unfilled = 0;
  #lastShown = "";

  constructor({ configuration: text, ports, options = {} }: AgentConfig) {
    const parsed = parseConfigurationString(text);
    if (!parsed.ok) throw new TypeError(parsed.detail);
    assertPorts(ports);
    assertExclude(options.exclude);
    this.#log = new AgentLog(options.log);
    const configuration = parsed.value;
    const scope = { configuration, app: ports.app.id };
    const { developmentKey } = options;
    const development = developmentKey === undefined ? null : takeDevelopmentKey(developmentKey, configuration);
    const clock = new AgentClock(ports.clock);
    const storage = new AgentStorage(ports.storage, { project: configuration.project, app: ports.app.id }, (error) =>
      this.#emitter.emit("error", error),
    );
    const instance = new InstanceStore(storage);
    const channels = new HeldChannels(ports.channels, (code) =>
      this.#log.tell({ level: "warn", event: "channels_not_held", code }),
    );
    const signals = new Signals(ports.detectors, () => clock.nowMs());
    this.#signals = signals;
    this.#core = {
      configuration,
      ports,
      masks: createMaskSource(ports.randomness),
      clock,
      trust: new TrustStore(storage, scope, clock, channels),
      instance,
      keys: new DeviceKeys(ports.keys, instance, clock, {
        build: ports.app.build,
        development: development?.id ?? null,
      }),
      development,
      exchange: new Exchange(ports, configuration, (options.serviceTimeoutSeconds ?? 20) * 1000),
      asks: new Asks(),
      observe: async () => {
        const observation = await signals.observe();
        this.#keeper.onSevere(observation.fresh);
        return observation;
      },
      settle: (observation) => signals.settle(observation),
      untrusted: () => signals.raise("service_channel", null),
      inBackground: () => this.#keeper.isInBackground(),
      wipes: () => this.#keeper.wipes(),
    };
    this.#keeper = new SessionKeeper(this.#core, {
      patienceSeconds: options.patienceSeconds ?? 10,
      emitter: this.#emitter,
      log: this.#log,
      onChange: () => this.#changed(),
    });
    this.#watcher = options.watch === false ? null : this.#createWatcher();
    this.#deps = this.#createDeps(options);
    this.#fetch = new AgentFetch(this.#deps, this.#stop.handle);
    shareInside(this, {
      ...this.#deps,
      storage,
      stopped: this.#stop.handle,
      isStarted: () => this.#started,
      ready: () => this.#ready(),
      note: (name, detail) => this.#note(name, detail),
      instance: () => this.#instance(),
    });
    this.#emitter.on("session", () => this.#watcher?.onSession());
    logEvents(this.#emitter, this.#log);
  }

  #createWatcher(): Watcher {
    const { ports, configuration, clock } = this.#core;
    return new Watcher({
      ports,
      project: configuration.project,
      nowMs: () => clock.nowMs(),
      session: () => this.#keeper.session(),
      refresh: () => this.#keeper.refreshInBackground("watch"),
      onChange: () => this.#changed(),
    });
  }

  #createDeps({ exclude = [], hooks = {} }: AgentOptions): FetchDeps {
    const { ports, masks, configuration, trust } = this.#core;
    return {
      configuration,
      ports,
      masks,
      trust,
      signals: this.#signals,
      prover: new Prover(ports),
      exclude,
      hooks,
      log: this.#log,
      demand: (needs) => this.#keeper.demand(needs),
      take: (needs, api, abort) => this.#keeper.take(needs, api, abort),
      replaceKey: (session) => this.#keeper.replaceKey(session),
      wipes: () => this.#keeper.wipes(),
      refresh: (reason) => this.#keeper.refresh(reason),
      unfilled: (secrets, host) => {
        for (const secret of secrets) {
          this.#unfilled += 1;
          this.#emitter.emit("placeholder_unfilled", { secret, host, count: this.#unfilled });
        }
      },
    };
  }

  start(): Promise<void> {
    if (this.#stopped) return Promise.reject(new AgentError("stopped"));
    this.#starting ??= this.#load().catch((error: unknown) => {
      this.#starting = null;
      throw error;
    });
    return this.#starting;
  }

  async #load(): Promise<void> {
    await Promise.all([this.#core.trust.load(), this.#core.instance.load(), this.#core.observe()]);
    await this.#core.keys.putOthersAside();
    this.#started = true;
    this.#changed();
  }

  async #ready(): Promise<void> {
    await this.start();
    if (this.#stopped) throw new AgentError("stopped");
  }

  async fetch(url: string, init?: AgentRequestInit): Promise<AgentResponse> {
    await this.#ready();
    return this.#fetch.fetch(url, init);
  }

  reportCoverage(coverage: Coverage): void {
    this.#emitter.emit("coverage", coverage);
  }

  async prefetch(): Promise<void> {
    await this.#ready();
    await this.#keeper.demand(noNeeds);
  }

  async precheck(): Promise<SessionSummary> {
    await this.#ready();
    return this.#keeper.precheck();
  }

  async getSecret(name: string): Promise<SecretHandle> {
    if (!isId(name)) throw new TypeError("a secret's name is [a-z0-9-]{1,48}");
    await this.#ready();
    const session = await this.#keeper.demand({ ...noNeeds, secrets: [name] });
    if (session.modeOf(name) === null) throw new AgentError("secret_unavailable");
    return new SecretHandle(name, placeholderOf(sha256, this.#core.configuration.projectId, name));
  }

  async instance(): Promise<string> {
    await this.#ready();
    const known = this.#instance();
    if (known !== null) return known;
    await this.#keeper.demand(noNeeds);
    const made = this.#instance();
    if (made === null) throw new AgentError("key_unavailable");
    return made;
  }

  #note(name: string, detail: string): void {
    if (!this.#signals.note(name, detail)) return;
    const wasOpen = this.#keeper.session() !== null;
    this.#keeper.onSevere([name]);
    if (wasOpen) this.#keeper.refreshInBackground("signal");
  }

  #instance(): string | null {
    const { held, pending } = this.#core.instance.current();
    const key = held ?? pending;
    return key === null ? null : instanceOf(this.#core, key);
  }

  async getToken(api: string): Promise<string> {
    if (!isId(api)) throw new TypeError("an api's id is [a-z0-9-]{1,48}");
    await this.#ready();
    const needs = { ...noNeeds, tokens: [{ api, bind: null }] };
    if (this.#manifest() === null) await this.#keeper.demand(needs);
    const token = this.#isLimited(api) ? await this.#takeToken(needs, api) : await this.#sharedToken(needs, api);
    if (token === null) throw new AgentError("token_unavailable");
    return token;
  }

  #manifest(): Manifest | null {
    return manifestInForce(this.#core.trust.current());
  }

  #isLimited(api: string): boolean {
    return this.#manifest()?.apis.find((each) => each.api === api)?.token?.limitedUse === true;
  }

  async getCustomToken(api: string, claims: CustomClaims): Promise<string> {
    if (!isId(api)) throw new TypeError("an api's id is [a-z0-9-]{1,48}");
    const text: unknown = JSON.stringify(claims);
    if (typeof text !== "string" || !parseCustomClaims(text).ok) {
      throw new TypeError("custom claims are an object: at most 1 KiB of JSON, 4 levels deep");
    }
    await this.#ready();
    if (this.#manifest() === null) await this.#keeper.demand(noNeeds);
    const token = await this.#keeper.custom(api, text, this.#isLimited(api));
    if (token === null) throw new AgentError("token_unavailable");
    return token;
  }

  async #sharedToken(needs: Needs, api: string): Promise<string | null> {
    return (await this.#keeper.demand(needs)).revealToken(api)?.token ?? null;
  }

  async #takeToken(needs: Needs, api: string): Promise<string | null> {
    const { token, wipes } = await this.#keeper.take(needs, api);
    const text = wipes === this.#keeper.wipes() ? (token?.token.reveal() ?? null) : null;
    token?.token.wipe();
    return text;
  }

  async refresh(reason = "app"): Promise<SessionSummary> {
    await this.#ready();
    return this.#keeper.refresh(reason);
  }

  state(): AgentState {
    const { trust, instance, clock: _clock } = this.#core;
    const session = this.#keeper.session();
    const refusal = this.#keeper.refusal();
    const { held, pending } = instance.current();
    const { keys } = trust.current();
    return {
      phase: this.#phase(),
      verdict: refusal !== null ? "refused" : (session?.verdict ?? null),
      arc: refusal?.arc ?? session?.arc ?? null,
      instance: this.#instance(),
      enrolled: held !== null,
      enrolmentPending: pending !== null,
      keys: keys === null ? null : { version: keys.list.version, recovery: keys.recovery },
      manifest: this.#manifestState(manifestInForce(trust.current())),
      session:
        session === null
          ? null
          : {
              expiresInSeconds: Math.max(0, Math.floor(session.expiresInMs() / 1000)),
              secrets: session.secrets(),
              tokens: session.tokens(),
            },
      watching: this.#watcher?.watching() ?? false,
      reason: this.#keeper.reason(),
      lastError: this.#keeper.lastError()?.code ?? null,
      placeholdersUnfilled: this.#unfilled,
    };
  }

  #phase(): AgentState["phase"] {
    if (this.#stopped) return "stopped";
    if (!this.#started) return "new";
    if (this.#keeper.isInBackground()) return "background";
    if (this.#keeper.refusal() !== null) return "refused";
    if (this.#keeper.session() !== null) return "session";
    return this.#keeper.working() ? "working" : "idle";
  }

  #manifestState(manifest: Manifest | null): AgentState["manifest"] {
    if (manifest === null) return null;
    const { epoch, version } = manifest;
    return { epoch, version, stale: this.#core.trust.isStale() };
  }

  on<Name extends AgentEventName>(event: Name, listener: (event: AgentEvents[Name]) => void): () => void {
    return this.#emitter.on(event, listener);
  }

  background(): void {
    this.#log.tell({ level: "info", event: "background" });
    this.#keeper.setBackground(true);
    this.#watcher?.pause();
    this.#changed();
  }

  foreground(): void {
    this.#log.tell({ level: "info", event: "foreground" });
    this.#keeper.setBackground(false);
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#log.tell({ level: "info", event: "stopped" });
    this.#watcher?.stop();
    this.#stop.abort();
    this.#keeper.stop();
  }

  /** Tells listeners, unless nothing but the passing of time differs. */
  #changed(): void {
    const state = this.state();
    const { session, ...rest } = state;
    const shown = JSON.stringify({ ...rest, session: session === null ? null : { ...session, expiresInSeconds: 0 } });
    if (shown === this.#lastShown) return;
    this.#lastShown = shown;
    this.#emitter.emit("changed", state);
  }
}

/**
 * Creates the agent of one app. A configuration string that is none, claims that are not of their form, and a randomness that is not random
 * are TypeErrors. Nothing is sent before the first call that needs the service.
 */
export function createAgent(config: AgentConfig): Agent {
  return new CountersignAgent(config);
}
