import type { Agent } from "../agent-api.ts";
import { insideOf } from "../agent-inside.ts";

/**
 * The agent's signal for each callback of freeRASP (freerasp-react-native 5, capacitor-freerasp 2: `ThreatEventActions`). Null is not noted: it tells of the
 * build, the network, other apps or the owner's habits, or of what evidence says with more weight. Android's and iOS's adapters hold the same table.
 */
export const freeRaspSignals = {
  privilegedAccess: "root",
  debug: "debugger",
  simulator: "emulator",
  appIntegrity: "repackaged",
  unofficialStore: "repackaged",
  hooks: "hook",
  deviceBinding: "cloner",
  multiInstance: "cloner",
  automation: "automation",
  devMode: "developer_mode",
  adbEnabled: "developer_mode",
  systemVPN: "proxy",
  screenshot: "screen_capture",
  screenRecording: "screen_capture",
  deviceID: null,
  passcode: null,
  secureHardwareNotAvailable: null,
  obfuscationIssues: null,
  malware: null,
  timeSpoofing: null,
  locationSpoofing: null,
  unsecureWifi: null,
  bootloader: null,
} as const;

export type FreeRaspActions = Readonly<Record<keyof typeof freeRaspSignals, () => void>>;

/**
 * freeRASP's callbacks that note what it sees for this agent: `useFreeRasp(config, freeRaspActions(agent))`. Its word is a claim as every signal is. A severe
 * one (`debugger`, `hook`, `repackaged`) wipes what the agent holds before the service is told. What freeRASP hands over, such as the names of other apps, goes nowhere.
 */
export function freeRaspActions(agent: Agent): FreeRaspActions {
  const { note } = insideOf(agent);
  const actions = Object.entries(freeRaspSignals).map(([callback, signal]) => [
    callback,
    () => {
      if (signal !== null) note(signal, callback);
    },
  ]);
  return Object.fromEntries(actions) as FreeRaspActions;
}
