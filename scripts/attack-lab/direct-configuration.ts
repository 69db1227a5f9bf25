import { formatConfigurationString, parseConfigurationString } from "@countersign/protocol";
import type { DemoWorld } from "../../examples/astropiks/src/world/demo-world.ts";

/** The project's configuration string with the service itself in it, and not whoever listens in where the project says the service is. */
export function directConfiguration({ project, port }: DemoWorld): string {
  const parsed = parseConfigurationString(project.configuration);
  if (!parsed.ok) throw new TypeError(parsed.detail);
  return formatConfigurationString({ ...parsed.value, host: "127.0.0.1", port });
}
