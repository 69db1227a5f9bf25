import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { describe, expect, it, vi } from "vitest";
import { AgentError, type AgentErrorCode, agentErrors } from "../errors.ts";
import type { Scope } from "../interceptors/scope.ts";
import { ChannelError } from "../ports.ts";
import { apiOf, createNasaProject, createTestBed, type TestBed } from "../testing/test-agent.ts";
import { toApproovError } from "./approov-error.ts";
import {
  ApproovError,
  ApproovMonitor,
  ApproovProvider,
  type ApproovService,
  type ApproovServiceOptions,
  type ApproovStatus,
  approovMethods,
  createApproovService,
  statusNeverSeen,
  statusOfError,
  statusOfOutcome,
  useApproov,
} from "./index.ts";

interface FacadeBed extends TestBed {
  readonly service: TestBed["service"];
  readonly approov: ApproovService;
  readonly lines: string[];
  /** URLs that reached the platform's own fetch. */
  readonly passed: string[];
  readonly scope: Scope;
  readonly url: string;
  /** Development keys that agents were made with. */
  readonly developmentKeys: (string | undefined)[];
}

const reporting = (): ReturnType<typeof createNasaProject> => {
  const project = createNasaProject();
  const token = { header: "approov-token", prefix: "", bind: [] };
  project.apis = [apiOf(), apiOf({ api: "reports", host: "reports.test", token })];
  return project;
};

function createFacade(intercept = true): FacadeBed {
  const bed = createTestBed({ project: reporting() });
  const lines: string[] = [];
  const passed: string[] = [];
  const { Request, Response, Headers, URL, ReadableStream, Blob, FormData, URLSearchParams, DOMException } = globalThis;
  const platform = async (input: RequestInfo | URL): Promise<Response> => {
    passed.push(input instanceof Request ? input.url : String(input));
    return new Response("from the platform");
  };
  const types = { Request, Response, Headers, URL, ReadableStream, Blob, FormData, URLSearchParams, DOMException };
  const scope: Scope = { ...types, fetch: platform };
  const developmentKeys: (string | undefined)[] = [];
  const createAgent: ApproovServiceOptions["createAgent"] = (configuration, { developmentKey }) => {
    developmentKeys.push(developmentKey);
    if (configuration !== bed.project.configuration()) throw new TypeError("no such configuration");
    return bed.agent;
  };
  const log = (_level: number, text: string): void => void lines.push(text);
  const approov = createApproovService({ createAgent, scope, intercept, log, customJwtApi: "reports" });
  const url = `https://api.nasa.gov/planetary/apod?api_key=${bed.project.placeholder("nasa")}`;
  return Object.assign(bed, { approov, lines, passed, scope, url, developmentKeys });
}

async function started(): Promise<FacadeBed> {
  const bed = createFacade();
  await bed.approov.initialize(bed.project.configuration());
  return bed;
}

describe("statuses", () => {
  const codes = Object.keys(agentErrors) as AgentErrorCode[];

  it("every error of the agent has one, and every one comes from an error, an outcome, or never, with a reason", () => {
    expect(Object.keys(statusOfError).sort()).toEqual([...codes].sort());
    const all: Record<ApproovStatus, true> = {
      SUCCESS: true,
      NO_NETWORK: true,
      POOR_NETWORK: true,
      MITM_DETECTED: true,
      UNTRUSTED_NETWORK: true,
      NO_APPROOV_SERVICE: true,
      BAD_URL: true,
      UNKNOWN_URL: true,
      UNPROTECTED_URL: true,
      NO_NETWORK_PERMISSION: true,
      MISSING_LIB_DEPENDENCY: true,
      INTERNAL_ERROR: true,
      REJECTED: true,
      DISABLED: true,
      UNKNOWN_KEY: true,
      NOT_INITIALIZED: true,
      BAD_KEY: true,
      BAD_PAYLOAD: true,
    };
    const sources = [
      [...new Set(Object.values(statusOfError).map(({ status }) => status))],
      Object.keys(statusOfOutcome),
      Object.keys(statusNeverSeen),
    ];
    expect(sources.flat().sort()).toEqual(Object.keys(all).sort());
  });

  it.each(codes)("%s keeps its message, and only a refusal is a rejection with its code and reasons", (code) => {
    const cause = new AgentError(code, { arc: "K7PMQ2XW", reasons: ["debugger", "hook"] });
    const error = toApproovError(new TypeError("fetch failed", { cause }));
    expect(error).toBeInstanceOf(ApproovError);
    const { status, type } = statusOfError[code];
    const userInfo =
      code === "refused" ? { type, rejectionARC: "K7PMQ2XW", rejectionReasons: "debugger,hook" } : { type };
    expect(error).toMatchObject({ message: agentErrors[code].message, status, userInfo, cause });
    expect(type === "rejection").toBe(code === "refused");
    if (type === "network") expect(agentErrors[code].retry).toBe("later");
    expect((error as ApproovError).userInfo).toEqual(userInfo);
  });

  it("leaves what is no error of the agent as it is", () => {
    const mistake = new TypeError("no URL");
    expect(toApproovError(mistake)).toBe(mistake);
  });
});

describe("methods", () => {
  it("the service, its constants, provider and hook have every name that the React Native layer's typings have", () => {
    const { approov } = createFacade();
    const names =
      `initialize isInitialized isApproovEnabled isInterceptorActive fetchWithApproov setProceedOnNetworkFail setUseApproovStatusIfNoToken
      setSessionMetadataCollectionEnabled getSessionMetadataCollectionEnabled setMaxReswizzleAttempts getMaxReswizzleAttempts setLogLevel
      logMessage addAllowedDelegate setServiceMutatorType setSuppressLoggingUnknownURL setTokenHeader setTraceIDHeader getTraceIDHeader
      setBindingHeader addSubstitutionHeader removeSubstitutionHeader addSubstitutionQueryParam removeSubstitutionQueryParam
      addExclusionURLRegex removeExclusionURLRegex prefetch precheck getDeviceID setDataHashInToken setDevKey fetchToken
      getMessageSignature fetchSecureString fetchCustomJWT getLastARC setInstallAttrsInToken getPinningDiagnostics getSessionDiagnostics
      updateClientFactory`.split(/\s+/);
    const missing = names.filter((name) => typeof approov[name as keyof ApproovService] !== "function");
    expect(missing).toEqual([]);
    expect(approov.Log).toEqual({ EXTREME: 0, DEBUG: 1, INFO: 2, WARN: 3, ERROR: 4, NONE: 5 });
    expect(Object.keys(approov.ReturnDecision).join(" ")).toBe(
      "NO_APPROOV_SERVICE BAD_URL MITM_DETECTED NO_NETWORK POOR_NETWORK REJECTED UNKNOWN_KEY INTERNAL_ERROR NO_NETWORK_PERMISSION MISSING_LIB_DEPENDENCY DISABLED",
    );
    expect(Object.keys(approov.MutatorPreset)).toEqual([
      "DEFAULT",
      "ALWAYS_PROCEED",
      "PROCEED_IF_UNAVAILABLE",
      "PROCEED_DEV_CLEARTEXT",
    ]);
  });

  it("the service has every method of the table, and no other beside its constants and its agent", () => {
    const { approov } = createFacade();
    const extras = ["Log", "ReturnDecision", "MutatorPreset", "getAgent"];
    expect(Object.keys(approov).sort()).toEqual([...Object.keys(approovMethods), ...extras].sort());
  });

  it.each(Object.entries(approovMethods).filter(([, { support }]) => support === "operator" || support === "nothing"))(
    "%s changes nothing, and says so once",
    async (name, { note }) => {
      const bed = await started();
      const call: (...given: string[]) => unknown = bed.approov[name as "setTokenHeader"];
      await call("X-Other", "");
      await call("X-Other", "");
      expect(bed.lines).toEqual([`ApproovService.${name} has no effect: ${note}`]);
      expect(bed.service.paths()).toEqual([]);
    },
  );

  it.each(Object.entries(approovMethods).filter(([, { support }]) => support === "refused"))(
    "%s is refused, and sends nothing",
    async (name) => {
      const bed = await started();
      const call = bed.approov[name as "setDataHashInToken"];
      await expect(call("text")).rejects.toMatchObject({ status: "DISABLED", userInfo: { type: "general" } });
      expect(bed.service.paths()).toEqual([]);
    },
  );
});

describe("initialize", () => {
  it("sends nothing; again with the same configuration it is the same, with another it fails", async () => {
    const bed = await started();
    await bed.approov.initialize(bed.project.configuration());
    await expect(bed.approov.initialize("cs1~other")).rejects.toMatchObject({ status: "NOT_INITIALIZED" });
    expect(bed.approov.getAgent()).toBe(bed.agent);
    expect(bed.service.paths()).toEqual([]);
  });

  it("an empty configuration, and one that is none, leave an app that fetches nothing through it", async () => {
    const { approov } = createFacade();
    for (const config of ["", "cs1~other"])
      await expect(approov.initialize(config)).rejects.toMatchObject({ userInfo: { type: "general" } });
    expect(await approov.isInitialized()).toBe(false);
    expect(approov.getAgent()).toBeNull();
    await expect(approov.fetch("https://api.nasa.gov/")).rejects.toMatchObject({ status: "NOT_INITIALIZED" });
    await expect(approov.getLastARC()).rejects.toMatchObject({ status: "NOT_INITIALIZED" });
  });

  it("fails while the stored state cannot be read, protects all the same, and can be called again", async () => {
    const bed = createFacade();
    const { read } = bed.storage;
    Object.assign(bed.storage, { read: () => Promise.reject(new Error("disk")) });
    const config = bed.project.configuration();
    await expect(bed.approov.initialize(config)).rejects.toMatchObject({ status: "INTERNAL_ERROR" });
    expect(await bed.approov.isInitialized()).toBe(false);
    await expect(bed.scope.fetch?.(bed.url)).rejects.toThrow(TypeError);
    expect(bed.passed).toEqual([]);
    Object.assign(bed.storage, { read });
    await bed.approov.initialize(config);
    expect(await bed.approov.isInitialized()).toBe(true);
  });

  it("leaves no agent behind where the platform has no fetch, or another agent stands before it", async () => {
    const { agent } = createTestBed();
    const options = { createAgent: () => agent, intercept: false };
    const without = createApproovService({ ...options, scope: {} });
    await expect(without.initialize("csd1~any")).rejects.toMatchObject({ status: "NOT_INITIALIZED" });
    expect([agent.state().phase, without.getAgent()]).toEqual(["stopped", null]);
    const bed = await started();
    const second = createTestBed();
    const other = createApproovService({ createAgent: () => second.agent, scope: bed.scope });
    await expect(other.initialize("csd1~any")).rejects.toMatchObject({ status: "NOT_INITIALIZED" });
    expect(second.agent.state().phase).toBe("stopped");
    expect(await (await bed.scope.fetch?.(bed.url))?.text()).toBe("picture");
  });

  it("hands a development key to the agent that it makes, and takes none later", async () => {
    const bed = createFacade();
    await bed.approov.setDevKey("csd_key");
    await bed.approov.initialize(bed.project.configuration());
    await expect(bed.approov.setDevKey("csd_other")).rejects.toMatchObject({ status: "DISABLED" });
    expect(bed.developmentKeys).toEqual(["csd_key"]);
  });

  it("takes the development key that it has again: a provider that is mounted anew sets it anew", async () => {
    const bed = createFacade();
    for (let mounted = 0; mounted < 2; mounted += 1) {
      await bed.approov.setDevKey("csd_key");
      await bed.approov.initialize(bed.project.configuration());
    }
    expect(bed.developmentKeys).toEqual(["csd_key"]);
  });

  it("protects the platform's own fetch, and tells so; asked to, it leaves that alone", async () => {
    const bed = await started();
    const response = await bed.scope.fetch?.(bed.url);
    expect([await response?.text(), bed.passed]).toEqual(["picture", []]);
    expect(await bed.approov.isInterceptorActive()).toBe(true);
    expect(await bed.approov.getPinningDiagnostics()).toMatchObject({ interceptors: ["fetch"], unpinnedSessions: [] });

    const apart = createFacade(false);
    await apart.approov.initialize(apart.project.configuration());
    await apart.scope.fetch?.(apart.url);
    expect(apart.passed).toEqual([apart.url]);
    expect(await apart.approov.isInterceptorActive()).toBe(false);
    const told = await apart.approov.getPinningDiagnostics();
    expect(told).toMatchObject({ isInterceptorPresent: false, sessionsWithoutPinning: 1 });
    expect(await (await apart.approov.fetch(apart.url)).text()).toBe("picture");
  });
});

describe("fetchWithApproov", () => {
  it("fills the declared place, and gives a Response that shows the placeholder", async () => {
    const bed = await started();
    const response = await bed.approov.fetchWithApproov(bed.url);
    expect(response).toBeInstanceOf(Response);
    expect(response.url).toBe(bed.url);
    expect(bed.sent[0]?.target).toContain("api_key=nasa-VALUE-0123456789");
  });

  it("rejects with a network error where the peer is another, and with AbortError where the app gave up", async () => {
    const bed = await started();
    bed.upstream = () => {
      throw new ChannelError("channel_refused", "another certificate");
    };
    await expect(bed.approov.fetch(bed.url)).rejects.toMatchObject({
      status: "MITM_DETECTED",
      userInfo: { type: "network" },
    });
    await expect(bed.approov.fetch(bed.url, { headers: { "no name": "" } })).rejects.toThrow(TypeError);
    const signal = AbortSignal.abort();
    await expect(bed.approov.fetch(bed.url, { signal })).rejects.toMatchObject({ name: "AbortError" });
  });

  it("a refusal rejects with its code, and nothing reaches the API", async () => {
    const bed = await started();
    bed.service.decide = () => ({ kind: "refused", reasons: ["debugger"], retryAfterSeconds: 60 });
    const error: unknown = await bed.approov.fetch(bed.url).catch((reason: unknown) => reason);
    const arc = await bed.approov.getLastARC();
    expect(error).toMatchObject({
      status: "REJECTED",
      userInfo: { type: "rejection", rejectionARC: arc, rejectionReasons: "debugger" },
    });
    expect([bed.sent, bed.passed]).toEqual([[], []]);
    await expect(bed.approov.precheck()).rejects.toMatchObject({ userInfo: { type: "rejection", rejectionARC: arc } });
  });

  it("an excluded URL goes out as it is, but never one with a placeholder, until the exclusion is taken back", async () => {
    const bed = await started();
    const plain = "https://api.nasa.gov/status";
    await bed.approov.precheck();
    bed.approov.addExclusionURLRegex("^https://api\\.nasa\\.gov/");
    await bed.approov.fetch(plain);
    await bed.approov.fetch(bed.url);
    bed.approov.removeExclusionURLRegex("^https://api\\.nasa\\.gov/");
    await bed.approov.fetch(plain);
    expect(bed.passed).toEqual([plain]);
    expect(bed.sent.map(({ target }) => target.split("?")[0])).toEqual(["/planetary/apod", "/status"]);
    bed.approov.addExclusionURLRegex("(");
    expect(bed.lines.at(-1)).toContain("no regular expression");
  });
});

describe("what a fetch gives by other means", () => {
  it("a token by the URL of its API; a host that is not registered and an API without token are told apart", async () => {
    const bed = await started();
    const token = await bed.approov.fetchToken("https://reports.test/v1");
    expect(token.length).toBeGreaterThan(10);
    // There a host alone names its API too.
    for (const same of ["reports.test", "reports.test/v1?at=https://elsewhere.test", "reports.test:443"])
      expect(await bed.approov.fetchToken(same)).toBe(token);
    for (const [url, status] of [
      ["http://reports.test/", "BAD_URL"],
      ["ftp://reports.test/", "BAD_URL"],
      ["", "BAD_URL"],
      ["reports.test@elsewhere.test", "BAD_URL"],
      ["elsewhere.test", "UNKNOWN_URL"],
      ["https://elsewhere.test/", "UNKNOWN_URL"],
      ["https://api.nasa.gov/", "UNPROTECTED_URL"],
      ["https://reports.test@elsewhere.test/", "BAD_URL"],
    ] as const)
      await expect(bed.approov.fetchToken(url)).rejects.toMatchObject({ status, userInfo: { type: "general" } });
  });

  it("a secure string is the public placeholder, never the value, also while a session holds the value", async () => {
    const bed = await started();
    await bed.approov.fetch(bed.url);
    const text = await bed.approov.fetchSecureString("nasa", null);
    expect(text).toBe(bed.project.placeholder("nasa"));
    expect(await bed.approov.fetchSecureString("nothing")).toBeNull();
    await expect(bed.approov.fetchSecureString("Not A Name")).rejects.toMatchObject({ status: "BAD_KEY" });
    expect(bed.service.sealedTexts().length).toBeGreaterThan(0);
    for (const value of bed.service.sealedTexts()) expect(text).not.toContain(value);
  });

  it("what the app stored under a name itself is given back until it is removed, and never hides a secret", async () => {
    const bed = await started();
    expect(await bed.approov.fetchSecureString("pin", "4711")).toBe("4711");
    expect(await bed.approov.fetchSecureString("pin")).toBe("4711");
    expect(await bed.approov.fetchSecureString("pin", "")).toBeNull();
    expect(await bed.approov.fetchSecureString("pin", null)).toBeNull();
    const mistake = { status: "INTERNAL_ERROR", userInfo: { type: "general" } };
    await expect(bed.approov.fetchSecureString("pin", "a".repeat(5000))).rejects.toMatchObject(mistake);
    await bed.approov.fetchSecureString("nasa", "the app's own");
    expect(await bed.approov.fetchSecureString("nasa")).toBe(bed.project.placeholder("nasa"));
  });

  it("a custom JWT is a token of the API that was named for it; without one, and of another payload, there is none", async () => {
    const bed = await started();
    bed.service.customClaims = ["reports"];
    expect((await bed.approov.fetchCustomJWT('{"seat":7}')).length).toBeGreaterThan(10);
    for (const payload of ["", "7", "[]", "{", JSON.stringify({ text: "a".repeat(1100) })])
      await expect(bed.approov.fetchCustomJWT(payload)).rejects.toMatchObject({ status: "BAD_PAYLOAD" });
    const without = createApproovService({ createAgent: () => bed.agent, scope: { ...bed.scope }, intercept: false });
    await without.initialize(bed.project.configuration());
    await expect(without.fetchCustomJWT("{}")).rejects.toMatchObject({ status: "DISABLED" });
  });

  it("the instance and the code are those of the agent's state", async () => {
    const bed = await started();
    expect(await bed.approov.getLastARC()).toBe("");
    const id = await bed.approov.getDeviceID();
    expect(id).toBe(bed.agent.state().instance);
    expect(Buffer.from(id, "base64url")).toHaveLength(16);
    expect(await bed.approov.getLastARC()).toBe(bed.agent.state().arc);
  });

  it("prefetch opens a session, and a failure of it is a line of the log", async () => {
    const bed = await started();
    bed.approov.prefetch();
    await vi.waitFor(() => expect(bed.agent.state().phase).toBe("session"));
    bed.agent.stop();
    bed.approov.prefetch();
    await vi.waitFor(() => expect(bed.lines.at(-1)).toContain("prefetch: The agent is stopped."));
  });
});

describe("proceeding after a failure", () => {
  it("is refused by every name, while modes that hold on are what is done", async () => {
    const { approov } = createFacade();
    for (const mode of [null, "DEFAULT", "CLOSE_FAILURE", "REQUIRE_ATTESTATION"]) approov.setServiceMutator(mode);
    expect(approov.getServiceMutator()).toBe("REQUIRE_ATTESTATION");
    expect(() => approov.setServiceMutator("ALWAYS_PROCEED")).toThrow(ApproovError);
    await approov.setServiceMutatorType(approov.MutatorPreset.DEFAULT);
    const masks = [...Object.values(approov.ReturnDecision), ...Object.values(approov.MutatorPreset).slice(1)];
    for (const mask of masks)
      await expect(approov.setServiceMutatorType(mask)).rejects.toMatchObject({ status: "DISABLED" });
    expect(approov.getServiceMutator()).toBe("REQUIRE_ATTESTATION");
  });
});

describe("the log", () => {
  const service = (log?: ApproovServiceOptions["log"]) =>
    createApproovService({ createAgent: () => createTestBed().agent, ...(log === undefined ? {} : { log }) });

  it("is the console where the app names no other, so that what has no effect does not pass in silence", () => {
    const said = [vi.spyOn(console, "warn"), vi.spyOn(console, "info")];
    for (const each of said) each.mockImplementation(() => {});
    const approov = service();
    approov.setBindingHeader("Authorization");
    approov.logMessage("hello");
    const texts = said.map((each) => each.mock.calls.flat().join());
    vi.restoreAllMocks();
    expect(texts).toEqual([expect.stringContaining("setBindingHeader has no effect"), "hello"]);
  });

  it("that throws reaches neither the app's calls nor the process", async () => {
    const unhandled = vi.fn<(reason: unknown) => void>();
    process.on("unhandledRejection", unhandled);
    const approov = service(() => {
      throw new Error("the app's own");
    });
    approov.setBindingHeader("Authorization");
    approov.logMessage("hello");
    approov.prefetch();
    expect(await approov.getTraceIDHeader()).toBe("");
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it("keeps its level where it is given none of its levels", () => {
    const { approov, lines } = createFacade();
    for (const level of [undefined, null, Number.NaN, -1, 6, {}, "loud"]) {
      approov.setLogLevel(level as number);
      approov.setLoggingLevel(level as string);
    }
    approov.logMessage("said");
    approov.logMessage("unsaid", approov.Log.DEBUG);
    expect(lines).toEqual(["said"]);
  });

  it("says what has no effect once it may: a level that hid it does not use it up", () => {
    const { approov, lines } = createFacade();
    approov.setLogLevel(approov.Log.ERROR);
    approov.setBindingHeader("Authorization");
    approov.setLogLevel(approov.Log.WARN);
    approov.setBindingHeader("Authorization");
    approov.setBindingHeader("Authorization");
    expect(lines).toHaveLength(1);
  });
});

it("the log has the other product's levels", () => {
  const { approov, lines } = createFacade();
  approov.logMessage("said");
  approov.setLogLevel(approov.Log.ERROR);
  approov.logMessage("unsaid");
  approov.setLoggingLevel("debug");
  approov.logMessage("said too", approov.Log.DEBUG);
  approov.setLoggingLevel("OFF");
  approov.logMessage("unsaid too", approov.Log.ERROR);
  expect(lines).toEqual(["said", "said too"]);
});

describe("in React", () => {
  it("renders on a server before anything is initialized; a hook without provider is a mistake", () => {
    const { approov } = createFacade();
    const Ready = (): string => {
      const shown = useApproov();
      expect(Object.keys(shown).sort()).toEqual(["approovError", "approovInitCount", "approovReady"]);
      return JSON.stringify(shown);
    };
    const page = createElement(
      ApproovProvider,
      { service: approov, config: "cs1~other" },
      createElement(Ready),
      createElement(ApproovMonitor),
    );
    expect(renderToString(page)).toContain("false");
    vi.spyOn(console, "error").mockImplementation(() => {});
    expect(() => renderToString(createElement(Ready))).toThrow(TypeError);
    vi.restoreAllMocks();
  });
});
