import type { DecoyCall, GenuineCall } from "../admit-call.ts";
import type { BrokerPorts } from "../ports.ts";
import { type Ending, policyViolated, serviceRestart } from "./close-codes.ts";

/**
 * How the socket of a caller must end at this moment, or null. Who is banned where the project has decoys is told what one is told whose secret was
 * changed: it gets a decoy when it comes again.
 */
export function standingOf(
  ports: BrokerPorts,
  project: string,
  { kind, pass }: DecoyCall | GenuineCall,
): Ending | null {
  const isDecoy = kind === "decoy";
  if (!isDecoy && !ports.isBanned(project, pass.instance, pass.subject)) return null;
  if (ports.decoys(project) === null) return policyViolated;
  return isDecoy ? null : serviceRestart;
}

/** The same where another value would be filled by now, or none: a secret that was rotated, or taken from this app, is used no longer. */
export async function changeOf(
  ports: BrokerPorts,
  project: string,
  { plan, versions }: DecoyCall | GenuineCall,
): Promise<Ending | null> {
  for (const name of plan.secrets) {
    const version = await ports.versionOf(project, name, plan.bearer);
    if (version === null || version !== versions.get(name)) return serviceRestart;
  }
  return null;
}
