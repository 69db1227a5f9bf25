import type { ProjectSettings } from "../ports/index.ts";

/** What a new project begins with. A development project begins with the same: it differs by the anchors it is given. */
export const defaultProjectSettings: ProjectSettings = {
  reasons: false,
  decoy: false,
  permissions: [],
  anchors: [],
  sessionSeconds: 300,
  refreshSeconds: 150,
  continuingSeconds: 3600,
  evidenceMaxAgeDays: 90,
  quarantineSeconds: 86_400,
  bootKeys: [],
  requireStrongBox: false,
  maxPatchAgeMonths: 0,
  maxCertificatesIssued: 0,
  requiredCategories: [],
  maxRiskMetric: 0,
  play: "off",
  playLabels: ["device"],
  requiredDetectors: [],
  credentialsNotBeforeMs: 0,
  manifestStaleAfterSeconds: 604_800,
  watchSpreadSeconds: 0,
};
