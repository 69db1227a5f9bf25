import { type PlayLabel, playLabels } from "@countersign/protocol";
import type { Project, ProjectSettings } from "../ports/index.ts";
import type { Actor, AdminContext } from "./admin-context.ts";
import { audited, projectOf } from "./admin-context.ts";
import { AdminError, invalidInput } from "./admin-error.ts";
import { checkDecoy } from "./check-decoy.ts";
import type { ProjectView } from "./projects.ts";
import { toProjectView } from "./projects.ts";
import { parseCategory } from "./rules/category.ts";
import { parseDetectorName } from "./rules/detector-name.ts";
import { parsePermission } from "./rules/permission.ts";
import { accept, acceptEach, ruled } from "./rules/rule.ts";
import type { NumberSetting } from "./rules/setting-ranges.ts";
import { parseNumberSetting, settingRanges } from "./rules/setting-ranges.ts";
import { parseSha256Hex } from "./rules/sha256-hex.ts";

/** What may be changed of a project: every setting but the anchors, which have their own use case. */
export type SettingsChange = Partial<Omit<ProjectSettings, "anchors">>;

/** Changes the named settings and leaves the others. A change is checked as a whole: refused, nothing is changed. */
export async function changeSettings(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  change: SettingsChange,
): Promise<ProjectView> {
  const project = await projectOf(context, projectId);
  const settings = await planSettings(context, project, change);
  const changed = await context.operations.republish(project.id, settings);
  await audited(context, actor, project.id, "project.settings", project.id, {
    changed: Object.keys(change).toSorted().join(","),
    ...scalarsOf(change),
  });
  return toProjectView(context, changed);
}

/** The settings as they would be written: refused where they would be. Nothing is written. */
export async function planSettings(
  context: AdminContext,
  project: Project,
  change: SettingsChange,
): Promise<ProjectSettings> {
  const settings: ProjectSettings = { ...project.settings, ...toSettings(change) };
  if (project.kind === "production" && settings.permissions.length > 0) {
    throw new AdminError(
      "development_only",
      "A production project has no permissions. Use a development project for tests.",
    );
  }
  if (settings.refreshSeconds >= settings.sessionSeconds) {
    throw invalidInput(
      "/refreshSeconds",
      "refreshSeconds must be less than sessionSeconds, or sessions end before they are renewed.",
    );
  }
  await checkDecoy(context, project, settings, await context.store.protectedApis.list(project.id));
  return settings;
}

function toSettings(change: SettingsChange): SettingsChange {
  const numbers = Object.keys(settingRanges).flatMap((key) => {
    const name = key as NumberSetting;
    const value = change[name];
    return value === undefined ? [] : [[name, accept(`/${name}`, parseNumberSetting(name, value))] as const];
  });
  return {
    ...(Object.fromEntries(numbers) as Partial<Pick<ProjectSettings, NumberSetting>>),
    ...(change.reasons === undefined ? {} : { reasons: change.reasons }),
    ...(change.decoy === undefined ? {} : { decoy: change.decoy }),
    ...(change.requireStrongBox === undefined ? {} : { requireStrongBox: change.requireStrongBox }),
    ...(change.play === undefined ? {} : { play: change.play }),
    ...(change.playLabels && { playLabels: toPlayLabels(change.playLabels) }),
    ...(change.permissions && { permissions: acceptEach("/permissions", change.permissions, parsePermission) }),
    ...(change.requiredCategories && {
      requiredCategories: acceptEach("/requiredCategories", change.requiredCategories, parseCategory),
    }),
    ...(change.bootKeys && { bootKeys: acceptEach("/bootKeys", change.bootKeys, parseSha256Hex) }),
    ...(change.requiredDetectors && {
      requiredDetectors: acceptEach("/requiredDetectors", change.requiredDetectors, parseDetectorName),
    }),
  };
}

/** No label at all would refuse every device. */
function toPlayLabels(labels: readonly PlayLabel[]): readonly PlayLabel[] {
  if (labels.length === 0) throw invalidInput("/playLabels", `Name at least one of ${playLabels.join(", ")}.`);
  return acceptEach("/playLabels", labels, ruled);
}

function scalarsOf(change: SettingsChange): Record<string, string | number | boolean> {
  const entries = Object.entries(change).flatMap(([key, value]) =>
    value === undefined
      ? []
      : [[key, Array.isArray(value) ? value.join(",").slice(0, 256) : (value as number | boolean)] as const],
  );
  return Object.fromEntries(entries);
}
