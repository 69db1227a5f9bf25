import type { Agent } from "../agent.ts";
import type { logLevels } from "./log.ts";
import type { mutatorPresets, proceedBits } from "./mutators.ts";

type WithoutEffect = (...given: readonly unknown[]) => void;
type Refused = (...given: readonly unknown[]) => Promise<never>;

/** What `getPinningDiagnostics` tells: which network stacks of this process are protected. */
export interface PinningDiagnostics {
  readonly isInterceptorPresent: boolean;
  readonly isPinnerPresent: boolean;
  /** Names of protected stacks. */
  readonly interceptors: readonly string[];
  readonly sessionsWithPinning: number;
  readonly sessionsWithoutPinning: number;
  /** `delegateClassName`: the stack's name. */
  readonly unpinnedSessions: readonly { readonly delegateClassName: string; readonly requestCount: number }[];
}

/** The other product's service, method by method; what each does here is in `approovMethods`. Rejections are ApproovErrors. */
export interface ApproovService {
  readonly Log: typeof logLevels;
  readonly ReturnDecision: typeof proceedBits;
  readonly MutatorPreset: typeof mutatorPresets;
  /** The agent behind it, to move on to; null before `initialize`. */
  getAgent(): Agent | null;

  initialize(config: string, comment?: string | null): Promise<void>;
  isInitialized(): Promise<boolean>;
  isApproovEnabled(): Promise<boolean>;
  isApproovServiceEnabled(): Promise<boolean>;
  isApproovProtectionEnabled(): Promise<boolean>;
  isInterceptorActive(): Promise<boolean>;
  fetchWithApproov: typeof fetch;
  fetch: typeof fetch;

  setDevKey(devKey: string): Promise<void>;
  prefetch(): void;
  precheck(): Promise<void>;
  getDeviceID(): Promise<string>;
  fetchToken(url: string): Promise<string>;
  /** The public placeholder of a secret, or what the app stored under the name itself; null where there is neither. */
  fetchSecureString(key: string, newDef?: string | null): Promise<string | null>;
  fetchCustomJWT(payload: string): Promise<string>;
  getLastARC(): Promise<string>;

  setLogLevel(level: number): void;
  setLoggingLevel(level: string): void;
  logMessage(message: string, level?: number): void;
  addExclusionURLRegex(urlRegex: string): void;
  removeExclusionURLRegex(urlRegex: string): void;
  setServiceMutator(mode: string | null): void;
  getServiceMutator(): string;
  setServiceMutatorType(
    mask: number,
    options?: { readonly sign?: boolean; readonly signature?: string },
  ): Promise<void>;
  getPinningDiagnostics(): Promise<PinningDiagnostics>;

  setApproovHeader: WithoutEffect;
  setTokenHeader: WithoutEffect;
  setBindingHeader: WithoutEffect;
  addSubstitutionHeader: WithoutEffect;
  removeSubstitutionHeader: WithoutEffect;
  addSubstitutionQueryParam: WithoutEffect;
  removeSubstitutionQueryParam: WithoutEffect;
  setProceedOnNetworkFail: WithoutEffect;
  setMessageSigningEnabled: WithoutEffect;
  enableMessageSigning: WithoutEffect;
  disableMessageSigning: WithoutEffect;
  addSignedHeader: WithoutEffect;
  isMessageSigningEnabled(): Promise<boolean>;
  putMessageSigningHostFactory: WithoutEffect;
  setStaleProtectionRefreshPeriod: WithoutEffect;
  setUseApproovStatusIfNoToken: WithoutEffect;
  setStatusHeader: WithoutEffect;
  setTraceIDHeader: WithoutEffect;
  getTraceIDHeader(): Promise<string>;
  setApproovTraceIDHeader: WithoutEffect;
  getApproovTraceIDHeader(): Promise<string>;
  setSuppressLoggingUnknownURL: WithoutEffect;
  setSessionMetadataCollectionEnabled: WithoutEffect;
  getSessionMetadataCollectionEnabled(): Promise<boolean>;
  getSessionDiagnostics(): Promise<{ readonly enabled: false }>;
  setMaxReswizzleAttempts: WithoutEffect;
  getMaxReswizzleAttempts(): Promise<number>;
  addAllowedDelegate: WithoutEffect;
  updateClientFactory(wrapExisting?: boolean): Promise<boolean>;

  setDataHashInToken: Refused;
  getMessageSignature: Refused;
  getAccountMessageSignature: Refused;
  getInstallMessageSignature: Refused;
  setInstallAttrsInToken: Refused;
  setInstallAttributes: Refused;
}
