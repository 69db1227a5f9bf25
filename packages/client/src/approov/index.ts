/** For apps that come from Approov: the names of its React Native layer over a Countersign agent (docs/guides/from-approov.md). */
export { ApproovError, type ApproovUserInfo } from "./approov-error.ts";
export {
  ApproovMonitor,
  ApproovProvider,
  type ApproovProviderProps,
  type ApproovStatusView,
  useApproov,
} from "./approov-react.ts";
export { type ApproovServiceOptions, createApproovService } from "./approov-service.ts";
export type { ApproovService, PinningDiagnostics } from "./approov-types.ts";
export { type LogSink, logLevels } from "./log.ts";
export { type ApproovMethod, approovMethods, type MethodRow, type MethodSupport } from "./methods.ts";
export {
  type ApproovErrorType,
  type ApproovStatus,
  type StatusRow,
  statusNeverSeen,
  statusOfError,
  statusOfOutcome,
} from "./statuses.ts";
