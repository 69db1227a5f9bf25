import type { FuzzTarget } from "../target.ts";
import { androidManifestTargets } from "./android-manifests.ts";
import { appPackageTargets } from "./app-packages.ts";
import { attestationTargets } from "./attestation.ts";
import { evidenceTargets } from "./evidence.ts";
import { playTargets } from "./play-integrity.ts";
import { protocolTargets } from "./protocol.ts";

/** Everything that reads bytes from outside. */
export const targets: readonly FuzzTarget[] = [
  ...attestationTargets,
  ...evidenceTargets,
  ...playTargets,
  ...protocolTargets,
  ...androidManifestTargets,
  ...appPackageTargets,
];

/** The target of that name; an Error where there is none. */
export function targetNamed(name: string): FuzzTarget {
  const target = targets.find((each) => each.name === name);
  if (target === undefined) throw new Error(`no fuzz target ${name}`);
  return target;
}
