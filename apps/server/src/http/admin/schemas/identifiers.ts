import { z } from "zod";

/** Path parameters: bounded here, judged by the use cases. A text that is no id of anything is simply not found. */
const segment = z.string().min(1).max(64);

export const AdministratorParams = z.object({ administrator: segment });
export const ProjectParams = z.object({ project: segment });
export const AppParams = z.object({ project: segment, app: segment });
export const ReleaseParams = z.object({ project: segment, app: segment, platform: segment, version: segment });
export const ApiParams = z.object({ project: segment, api: segment });
export const KeyParams = z.object({ project: segment, kid: segment });
export const SecretParams = z.object({ project: segment, name: segment });
export const VerifierParams = z.object({ project: segment, verifier: segment });
export const BrokerParams = z.object({ project: segment, broker: segment });
export const VendorParams = z.object({ project: segment, kind: segment });
export const ArcParams = z.object({ project: segment, arc: segment });
export const InstanceParams = z.object({ project: segment, instance: segment });

/** The answer of an operation that has nothing to say. */
export const Nothing = z.null();

export const timeMs = z.int().describe("Milliseconds since 1970 (UTC).");
