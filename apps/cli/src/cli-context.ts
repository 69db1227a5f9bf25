import { type AdminClient, createAdminClient } from "./admin-client.ts";
import type { CliIo } from "./cli-io.ts";
import { loadCredentials } from "./credentials.ts";
import { createPaint, type Paint } from "./paint.ts";

/** What every command is built with. */
export interface CliContext {
  readonly io: CliIo;
  readonly paint: Paint;
  /** The admin API of the service that is logged in to. */
  connect(): AdminClient;
}

export function createCliContext(io: CliIo): CliContext {
  return { io, paint: createPaint(io), connect: () => createAdminClient(loadCredentials(io)) };
}
