import { estimateInstances } from "../fleet/instance-sketch.ts";
import type { FleetVersion } from "../ports/index.ts";
import type { AdminContext } from "./admin-context.ts";
import { projectOf } from "./admin-context.ts";

const dayMs = 86_400_000;

/** A version of an app as it was seen on genuine instances. */
export interface FleetVersionView
  extends Pick<
    FleetVersion,
    "platform" | "version" | "build" | "sdk" | "attested" | "detectors" | "firstSeenMs" | "lastSeenMs" | "manifest"
  > {
  /** About how many different instances: the standard error is 6.5 %. */
  readonly instances: number;
}

/** The versions of an app that count as installed. An app that is not registered any more may still have some. */
export async function listFleetVersions(
  context: AdminContext,
  projectId: string,
  app: string,
): Promise<readonly FleetVersionView[]> {
  const project = await projectOf(context, projectId);
  await context.writeFleet();
  const fleet = await context.store.fleet.list(project.id, context.nowMs() - context.fleetDays * dayMs);
  return fleet.filter((version) => version.app === app).map(toView);
}

function toView(seen: FleetVersion): FleetVersionView {
  const { platform, version, build, sdk, attested, detectors, firstSeenMs, lastSeenMs, manifest, sketch } = seen;
  const instances = estimateInstances(sketch);
  return { platform, version, build, sdk, attested, detectors, firstSeenMs, lastSeenMs, manifest, instances };
}
