/** A check that a development project may loosen by name, and what that gives up. */
export interface PermissionText {
  readonly loosens: readonly string[];
  readonly meaning: string;
}

/**
 * The closed list of permissions of development projects. A development project changes trust anchors and nothing else; whatever
 * more it wants to let pass is named here. A production project has none, whatever its settings say.
 */
export const permissions = {
  "software-key": {
    loosens: ["android_key_in_hardware"],
    meaning: "Android keys that live in software count; lock and boot state are then unknown.",
  },
  "app-attest-development": {
    loosens: ["apple_environment", "apple_distribution"],
    meaning: "App Attest's development environment and development-signed builds count.",
  },
  simulator: {
    loosens: ["signal_emulator"],
    meaning: "An agent that sees an emulator or simulator is not refused for it.",
  },
  "play-testing": {
    loosens: ["play_testing"],
    meaning: "Play Integrity answers that were set by hand for a tester count.",
  },
  debugger: { loosens: ["signal_debugger"], meaning: "An attached debugger neither refuses nor quarantines." },
} as const satisfies Record<string, PermissionText>;

/** One name of the closed list. */
export type Permission = keyof typeof permissions;

/** True where `name` is a permission of the closed list. */
export function isPermission(name: string): name is Permission {
  return Object.hasOwn(permissions, name);
}
