/**
 * - `same`: does what it does there. - `differs`: does it, with the difference that is told.
 * - `operator`: has no effect, since the operator sets it for every installed app; told once in the log.
 * - `nothing`: has no effect, since there is nothing here that it would change; told once in the log.
 * - `refused`: fails, because doing it would take a rule away that keeps secrets safe.
 */
export type MethodSupport = "same" | "differs" | "operator" | "nothing" | "refused";

export interface MethodRow {
  readonly support: MethodSupport;
  /** What is so, for people. */
  readonly note: string;
}

const row = (support: MethodSupport, note: string): MethodRow => ({ support, note });
const sameNote = "";
const signing = "`countersign api add --proof httpsig`: every request is signed by RFC 9421, or not sent";
const places = "`countersign secret set --place`: a placeholder is filled at declared places alone";
const hooks = "there are no hooks in the platform's network stack: `getPinningDiagnostics` tells what is protected";

/** Every method of the other product's React Native service, and of its newer layers, and what becomes of it. docs/guides/from-approov.md shows it. */
export const approovMethods = {
  initialize: row("differs", "takes a Countersign configuration; an empty one is refused, there is no bypass"),
  isInitialized: row("same", sameNote),
  isApproovEnabled: row("same", "there is no bypass: the same as `isInitialized`"),
  isApproovServiceEnabled: row("same", "as `isInitialized`"),
  isApproovProtectionEnabled: row("same", "there is no bypass: the same as `isInitialized`"),
  isInterceptorActive: row("same", sameNote),
  fetchWithApproov: row("differs", "every kind of body, streams and `AbortSignal` work too"),
  fetch: row("same", "`fetchWithApproov` by a shorter name"),
  setDevKey: row(
    "differs",
    "before `initialize`; counts in projects of kind development alone, until it ends or its quota is used up",
  ),
  prefetch: row("same", "nothing is fetched before it is needed, unless this is called"),
  precheck: row(
    "differs",
    "passes where the verdict is `trusted`; an open session or a standing refusal is told without a request",
  ),
  getDeviceID: row(
    "differs",
    "the instance, which `countersign instance show` knows; `did` of tokens is another value",
  ),
  fetchToken: row("differs", "a URL without token is an error with its status; where tokens are bound, use `fetch`"),
  fetchSecureString: row(
    "differs",
    "names are `[a-z0-9-]{1,48}`; of a secret the public placeholder, never the value, which is put in when a request is sent; what the app stored itself (`newDef`) it is given back",
  ),
  fetchCustomJWT: row(
    "differs",
    "the payload is the member `custom` of a token of the API that `customJwtApi` names (`countersign api add --custom-claims`)",
  ),
  getLastARC: row("differs", "of the last signed answer; causes no request; empty before the first"),
  setLogLevel: row("same", sameNote),
  setLoggingLevel: row("same", "by name: OFF, ERROR, WARNING, INFO, DEBUG"),
  logMessage: row("same", sameNote),
  addExclusionURLRegex: row(
    "differs",
    "never where a placeholder stands; what is excluded goes out as the platform sends it, not held to any pin",
  ),
  removeExclusionURLRegex: row("same", sameNote),
  setServiceMutator: row(
    "differs",
    "DEFAULT, CLOSE_FAILURE and REQUIRE_ATTESTATION are what is done; ALWAYS_PROCEED is refused",
  ),
  getServiceMutator: row("same", sameNote),
  setServiceMutatorType: row(
    "differs",
    "as `setServiceMutator`; any bit that lets a failed request proceed is refused",
  ),
  getPinningDiagnostics: row("differs", "tells which network stacks of this process are protected"),
  setApproovHeader: row("operator", "`countersign api add --token-header --token-prefix`"),
  setTokenHeader: row("operator", "`countersign api add --token-header --token-prefix`"),
  setBindingHeader: row("operator", "`countersign api add --token-bind`"),
  addSubstitutionHeader: row("operator", places),
  removeSubstitutionHeader: row("operator", places),
  addSubstitutionQueryParam: row("operator", places),
  removeSubstitutionQueryParam: row("operator", places),
  setProceedOnNetworkFail: row("operator", "`countersign api add --when-unavailable`; obsolete there too"),
  setMessageSigningEnabled: row("operator", signing),
  enableMessageSigning: row("operator", signing),
  disableMessageSigning: row("operator", signing),
  addSignedHeader: row("operator", signing),
  putMessageSigningHostFactory: row("operator", signing),
  setStaleProtectionRefreshPeriod: row(
    "operator",
    "the service says when a session and a manifest are to be refreshed",
  ),
  setUseApproovStatusIfNoToken: row(
    "nothing",
    "a request without its token carries none; its header says nothing else",
  ),
  setStatusHeader: row("nothing", "no status header is sent: a request that failed is not sent"),
  isMessageSigningEnabled: row("nothing", "false: the app does not turn it on or off; see `enableMessageSigning`"),
  setTraceIDHeader: row("nothing", "no trace header is sent: the ARC leads to the trace"),
  getTraceIDHeader: row("nothing", "empty: no trace header is sent"),
  setApproovTraceIDHeader: row("nothing", "no trace header is sent: the ARC leads to the trace"),
  getApproovTraceIDHeader: row("nothing", "empty: no trace header is sent"),
  setSuppressLoggingUnknownURL: row("nothing", "requests to hosts that are not registered are not logged"),
  setSessionMetadataCollectionEnabled: row("nothing", "nothing is collected"),
  getSessionMetadataCollectionEnabled: row("nothing", "false: nothing is collected"),
  getSessionDiagnostics: row("nothing", "`{enabled: false}`: nothing is collected"),
  setMaxReswizzleAttempts: row("nothing", hooks),
  getMaxReswizzleAttempts: row("nothing", "0"),
  addAllowedDelegate: row("nothing", hooks),
  updateClientFactory: row("nothing", "gives what `isInterceptorActive` gives"),
  setDataHashInToken: row(
    "refused",
    "a token is bound to the headers of the request it goes with, not to what was set before",
  ),
  getMessageSignature: row(
    "refused",
    "no signing secret is given to devices, and the instance key signs requests alone",
  ),
  getAccountMessageSignature: row("refused", "no signing secret is given to devices"),
  getInstallMessageSignature: row("refused", "the instance key signs statements and requests alone"),
  setInstallAttrsInToken: row("refused", "what an instance is, its evidence says"),
  setInstallAttributes: row("refused", "what an instance is, its evidence says"),
} as const satisfies Record<string, MethodRow>;

export type ApproovMethod = keyof typeof approovMethods;
