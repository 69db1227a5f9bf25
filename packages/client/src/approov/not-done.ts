import { generalError } from "./approov-error.ts";
import type { ApproovService } from "./approov-types.ts";
import type { FacadeLog } from "./log.ts";
import { type ApproovMethod, approovMethods } from "./methods.ts";

const withoutEffect = [
  "setApproovHeader",
  "setTokenHeader",
  "setBindingHeader",
  "addSubstitutionHeader",
  "removeSubstitutionHeader",
  "addSubstitutionQueryParam",
  "removeSubstitutionQueryParam",
  "setProceedOnNetworkFail",
  "setMessageSigningEnabled",
  "enableMessageSigning",
  "disableMessageSigning",
  "addSignedHeader",
  "putMessageSigningHostFactory",
  "setStaleProtectionRefreshPeriod",
  "setUseApproovStatusIfNoToken",
  "setStatusHeader",
  "setTraceIDHeader",
  "setApproovTraceIDHeader",
  "setSuppressLoggingUnknownURL",
  "setSessionMetadataCollectionEnabled",
  "setMaxReswizzleAttempts",
  "addAllowedDelegate",
] as const satisfies readonly ApproovMethod[];

const refused = [
  "setDataHashInToken",
  "getMessageSignature",
  "getAccountMessageSignature",
  "getInstallMessageSignature",
  "setInstallAttrsInToken",
  "setInstallAttributes",
] as const satisfies readonly ApproovMethod[];

async function refuse(method: ApproovMethod): Promise<never> {
  throw generalError("DISABLED", `ApproovService.${method} is not offered: ${approovMethods[method].note}`);
}

function each<Name extends ApproovMethod, Made>(
  names: readonly Name[],
  make: (name: Name) => Made,
): Record<Name, Made> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, Made>;
}

type NotDone = Pick<ApproovService, (typeof withoutEffect)[number] | (typeof refused)[number]>;

/** The methods that have no effect, each said once in the log, and those that are refused. */
export function notDone(log: FacadeLog): NotDone {
  return {
    ...each(withoutEffect, (name) => () => log.notice(name)),
    ...each(refused, (name) => () => refuse(name)),
  };
}
