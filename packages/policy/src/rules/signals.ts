import type { Reason } from "@countersign/protocol";
import { type Effect, everyPlatform, judged, type Rule } from "../rule.ts";

/** Every signal this release knows: what its failure is called and what it does. */
const known = {
  hook: ["signal_hook", "severe"],
  repackaged: ["signal_repackaged", "severe"],
  debugger: ["signal_debugger", "severe"],
  root: ["signal_root", "refuse"],
  emulator: ["signal_emulator", "refuse"],
  mitm: ["signal_mitm", "note"],
  service_channel: ["signal_service_channel", "note"],
  cloner: ["signal_cloner", "note"],
  automation: ["signal_automation", "note"],
  accessibility: ["signal_accessibility", "note"],
  screen_capture: ["signal_screen_capture", "note"],
  user_ca: ["signal_user_ca", "note"],
  proxy: ["signal_proxy", "note"],
  developer_mode: ["signal_developer_mode", "note"],
} as const satisfies Record<string, readonly [Reason, Effect]>;

const named: readonly Rule[] = Object.entries(known).map(([signal, [reason, effect]]) => ({
  name: reason,
  reason,
  effect,
  platforms: everyPlatform,
  judge: ({ signals }) => {
    const seen = signals.find((each) => each.name === signal);
    return judged(
      seen === undefined,
      "not seen",
      seen === undefined ? null : `${seen.count} times, last ${seen.ageSeconds} s ago`,
    );
  },
}));

/** What the agent saw of its own process. Weaker than evidence: an attacker who owns the process can keep silent. */
export const signalRules: readonly Rule[] = [
  {
    name: "detectors_ran",
    reason: "detector_missing",
    effect: "refuse",
    platforms: everyPlatform,
    judge: ({ detectors, settings }) => {
      const missing = settings.requiredDetectors.filter((name) => !Object.hasOwn(detectors, name));
      return judged(
        missing.length === 0,
        settings.requiredDetectors.join(", "),
        missing.length === 0 ? null : `without ${missing.join(", ")}`,
      );
    },
  },
  ...named,
  {
    name: "signal_unknown",
    reason: "signal_unknown",
    effect: "restrict",
    platforms: everyPlatform,
    judge: ({ signals }) => {
      const unknown = signals.filter((each) => !Object.hasOwn(known, each.name));
      return judged(unknown.length === 0, "known signals", unknown.length === 0 ? null : `${unknown.length} unknown`);
    },
  },
];
