import { isSecretName, parseCustomClaims } from "@countersign/protocol";
import type { Agent } from "../agent.ts";
import { AgentError } from "../errors.ts";
import { apiOf } from "../fetch/api-of.ts";
import type { Scope } from "../interceptors/scope.ts";
import { valuesOf } from "../values/app-values.ts";
import { generalError, toApproovError, toRejection } from "./approov-error.ts";
import type { ApproovService } from "./approov-types.ts";
import { type CreateAgent, HeldAgent } from "./held-agent.ts";
import { consoleSink, createLog, type LogSink, logLevels } from "./log.ts";
import type { ApproovMethod } from "./methods.ts";
import { mutatorPresets, proceedBits, requireNoProceeding } from "./mutators.ts";
import { notDone } from "./not-done.ts";

export interface ApproovServiceOptions {
  /** Makes the agent when `initialize` is called: `(configuration, options) => createAgent({ configuration, ports, options })`. */
  readonly createAgent: CreateAgent;
  /** Where the platform's network stacks are. Default: `globalThis`. */
  readonly scope?: Scope;
  /** Whether `initialize` protects the stacks of the scope, as the other product does. Default true; false leaves `fetchWithApproov` alone. */
  readonly intercept?: boolean;
  /** The API whose token carries the claims of `fetchCustomJWT`. Without it there are none. */
  readonly customJwtApi?: string;
  /** Takes the lines of the log, and what is said of methods without effect. Default: the console. */
  readonly log?: LogSink;
}

async function translated<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toRejection(error);
  }
}

/** There a host alone, with or without a path, names its API too. */
function toHttps(url: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase();
  if (url === "" || (scheme !== undefined && scheme !== "https")) {
    throw generalError("BAD_URL", "an API has a URL of https, or a host alone");
  }
  return scheme === undefined ? `https://${url}` : url;
}

/** The placeholder of a secret, or what the app itself stored under the name; null where there is neither. */
async function secureString(agent: Agent, key: string, newDef: string | null): Promise<string | null> {
  if (!isSecretName(key)) throw generalError("BAD_KEY", "a name is [a-z0-9-]{1,48}");
  if (newDef !== null) {
    await (newDef === "" ? valuesOf(agent).remove(key) : valuesOf(agent).set(key, newDef));
    return newDef === "" ? null : newDef;
  }
  try {
    return String(await agent.getSecret(key));
  } catch (error) {
    if (error instanceof AgentError && error.code === "secret_unavailable") return valuesOf(agent).get(key);
    throw error;
  }
}

/**
 * A service with the method names, statuses and errors of Approov's React Native layer, over a Countersign agent: an app changes an import and keeps
 * its calls. What each method does is in `approovMethods` and docs/guides/from-approov.md. Nothing here gives a secret's value to JavaScript, and
 * nothing lets a refused request proceed.
 */
export function createApproovService(options: ApproovServiceOptions): ApproovService {
  const log = createLog(options.log ?? consoleSink);
  const held = new HeldAgent({
    createAgent: options.createAgent,
    scope: options.scope ?? globalThis,
    intercept: options.intercept ?? true,
  });
  let mutator = "DEFAULT";

  const told = async <T>(method: ApproovMethod, value: T): Promise<T> => {
    log.notice(method);
    return value;
  };
  /** What `fetch` itself rejects with, a misuse or the caller's own abort, stays as it is. */
  const fetchByAgent: typeof fetch = async (...call) => {
    const send = held.fetch();
    try {
      return await send(...call);
    } catch (error) {
      throw toApproovError(error);
    }
  };

  return {
    ...notDone(log),
    Log: logLevels,
    ReturnDecision: proceedBits,
    MutatorPreset: mutatorPresets,
    getAgent: () => held.agentOrNull(),

    initialize: (config, _comment) => held.initialize(config),
    isInitialized: async () => held.isInitialized(),
    isApproovEnabled: async () => held.isInitialized(),
    isApproovServiceEnabled: async () => held.isInitialized(),
    isApproovProtectionEnabled: async () => held.isInitialized(),
    isInterceptorActive: async () => held.isInitialized() && held.stacks().others.length === 0,
    fetchWithApproov: fetchByAgent,
    fetch: fetchByAgent,

    setDevKey: async (devKey) => held.setDevelopmentKey(devKey),
    prefetch() {
      void translated(() => held.agent().prefetch()).catch((error: unknown) =>
        log.say(logLevels.WARN, `ApproovService.prefetch: ${error instanceof Error ? error.message : "failed"}`),
      );
    },
    precheck: () =>
      translated(async () => {
        const { verdict, arc, reasons } = await held.agent().precheck();
        if (verdict !== "trusted")
          throw new AgentError("refused", { arc, ...(reasons === undefined ? {} : { reasons }) });
      }),
    getDeviceID: () => translated(() => held.agent().instance()),
    fetchToken: (url) =>
      translated(async () => {
        const found = await apiOf(held.agent(), toHttps(url));
        if (found === null) throw generalError("UNKNOWN_URL", "this URL's host is not registered");
        if (!found.takesToken) throw generalError("UNPROTECTED_URL", "this URL's API takes no token");
        return held.agent().getToken(found.api);
      }),
    fetchSecureString: (key, newDef) => translated(() => secureString(held.agent(), key, newDef ?? null)),
    fetchCustomJWT: (payload) =>
      translated(async () => {
        const { customJwtApi } = options;
        if (customJwtApi === undefined)
          throw generalError("DISABLED", "no API is named for custom claims (customJwtApi)");
        const claims = parseCustomClaims(payload);
        if (!claims.ok) throw generalError("BAD_PAYLOAD", "a payload is a JSON object: at most 1 KiB, 4 levels deep");
        return held.agent().getCustomToken(customJwtApi, claims.value);
      }),
    getLastARC: async () => held.agent().state().arc ?? "",

    setLogLevel: (level) => log.setLevel(level),
    setLoggingLevel: (level) => log.setLevel(level),
    logMessage: (message, level = logLevels.INFO) => log.say(level, message),
    addExclusionURLRegex(urlRegex) {
      try {
        held.exclude(urlRegex);
      } catch {
        log.say(
          logLevels.ERROR,
          "ApproovService.addExclusionURLRegex: this is no regular expression; nothing is excluded",
        );
      }
    },
    removeExclusionURLRegex: (urlRegex) => held.include(urlRegex),

    setServiceMutator(mode) {
      requireNoProceeding(mode);
      mutator = mode ?? "DEFAULT";
    },
    getServiceMutator: () => mutator,
    async setServiceMutatorType(mask, _options) {
      requireNoProceeding(mask);
    },
    async getPinningDiagnostics() {
      const { protected: interceptors, others } = held.stacks();
      return {
        isInterceptorPresent: held.isInitialized() && interceptors.length > 0,
        isPinnerPresent: held.isInitialized() && interceptors.length > 0,
        interceptors,
        sessionsWithPinning: interceptors.length,
        sessionsWithoutPinning: others.length,
        unpinnedSessions: others.map((delegateClassName) => ({ delegateClassName, requestCount: 0 })),
      };
    },
    getTraceIDHeader: () => told("getTraceIDHeader", ""),
    getApproovTraceIDHeader: () => told("getApproovTraceIDHeader", ""),
    isMessageSigningEnabled: () => told("isMessageSigningEnabled", false),
    getSessionMetadataCollectionEnabled: () => told("getSessionMetadataCollectionEnabled", false),
    getSessionDiagnostics: () => told("getSessionDiagnostics", { enabled: false }),
    getMaxReswizzleAttempts: () => told("getMaxReswizzleAttempts", 0),
    updateClientFactory: () => told("updateClientFactory", held.isInitialized() && held.stacks().others.length === 0),
  };
}
