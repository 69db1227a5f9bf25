import { fromBase64url } from "../encoding/bytes.ts";

/** What a script reads out of an app's configuration string: it is public. */
export interface PublicConfiguration {
  readonly environment: "production" | "development";
  /** b64u. */
  readonly project: string;
  readonly projectBytes: Uint8Array;
}

export function readConfiguration(text: string): PublicConfiguration {
  const [scheme, , project = ""] = text.split("~");
  return {
    environment: scheme === "cs1" ? "production" : "development",
    project,
    projectBytes: fromBase64url(project),
  };
}
