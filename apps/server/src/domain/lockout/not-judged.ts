import { isOtherChannel } from "./touched-hosts.ts";
import type { World } from "./world.ts";

/** What may lock devices out and cannot be told. */
export interface NotJudged {
  /** `chain`: the API's live chain could not be read. `host`: devices refuse its certificate by themselves, as it is. `sdk`: no row says what this agent knows. `setting`: it refuses by device, not by version. */
  readonly what: "chain" | "host" | "sdk" | "setting";
  readonly name: string;
}

/** What a simulation does not tell of a change. Pure. */
export function notJudged(before: World, after: World, unknownSdks: ReadonlySet<string>): readonly NotJudged[] {
  return [
    ...untoldChains(before, after),
    ...[...unknownSdks].toSorted().map((name) => ({ what: "sdk", name }) as const),
    ...settingsOfDevices(before, after),
  ];
}

function untoldChains(before: World, after: World): readonly NotJudged[] {
  return [...after.chains]
    .filter(([name]) => isOtherChannel(name, before, after))
    .flatMap(([name, answer]): readonly NotJudged[] => {
      if (!answer.ok) return [{ what: "chain", name }];
      return answer.chain.named && answer.chain.store ? [] : [{ what: "host", name }];
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Settings that refuse by what a device is, of which the fleet's record knows nothing. */
const ofDevices = [
  "bootKeys",
  "maxCertificatesIssued",
  "maxPatchAgeMonths",
  "maxRiskMetric",
  "permissions",
  "play",
  "playLabels",
  "requireStrongBox",
  "requiredCategories",
] as const;

function settingsOfDevices(before: World, after: World): readonly NotJudged[] {
  return ofDevices
    .filter((name) => JSON.stringify(before.project.settings[name]) !== JSON.stringify(after.project.settings[name]))
    .map((name) => ({ what: "setting", name }) as const);
}
