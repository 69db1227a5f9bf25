/** Asks a native half everything its contract promises, on the phone itself or wherever it runs (docs/guides/device-tests.md). */
export {
  type CheckOutcome,
  checkNativeHalf,
  type NativeCheckOptions,
  type NativeCheckReport,
} from "./check-native-half.ts";
