import { decodeBase64url, encodeBase64url } from "./base64url.ts";
import { equalBytes } from "./bytes.ts";
import { parseAuthority } from "./host.ts";
import { invalid, type Parsed, parsed } from "./parsed.ts";

export type Environment = "production" | "development";

/** What an app is compiled with: where its service is, which project it belongs to, and the two keys that may sign key lists. Public. */
export interface Configuration {
  readonly kind: Environment;
  /** Equal to `kind`: what every signed text must carry. */
  readonly environment: Environment;
  readonly host: string;
  /** Null: the default of https. */
  readonly port: number | null;
  /** b64u of 16 bytes. */
  readonly project: string;
  readonly projectId: Uint8Array;
  /** SHA-256 of the root's and the recovery root's point. */
  readonly root: Uint8Array;
  readonly recovery: Uint8Array;
}

/** Parses `cs1~HOST[:PORT]~PROJECT~ROOT~RECOVERY` (production) or `csd1~…` (development). Code: `malformed`. */
export function parseConfigurationString(text: string): Parsed<Configuration> {
  if (text.length > 512) return invalid("malformed", "configuration string is too long");
  const [scheme = "", authorityText = "", project = "", rootText = "", recoveryText = "", ...rest] = text.split("~");
  if (rest.length > 0) return invalid("malformed", "configuration string has too many parts");
  if (scheme !== "cs1" && scheme !== "csd1")
    return invalid("malformed", "configuration string begins with neither cs1~ nor csd1~");
  const authority = parseAuthority(authorityText);
  if (authority === null) return invalid("malformed", "configuration string names no valid host");
  const projectId = decodeBase64url(project, 16);
  if (projectId === null) return invalid("malformed", "project is not base64url of 16 bytes");
  const root = decodeBase64url(rootText, 32);
  const recovery = decodeBase64url(recoveryText, 32);
  if (root === null || recovery === null)
    return invalid("malformed", "root or recovery root is not base64url of 32 bytes");
  if (equalBytes(root, recovery)) return invalid("malformed", "root and recovery root are the same key");
  const kind = scheme === "cs1" ? "production" : "development";
  return parsed({ kind, environment: kind, ...authority, project, projectId, root, recovery });
}

/** The text of a configuration. */
export function formatConfigurationString(
  configuration: Pick<Configuration, "kind" | "host" | "port" | "projectId" | "root" | "recovery">,
): string {
  const { kind, host, port, projectId, root, recovery } = configuration;
  const authority = port === null ? host : `${host}:${port}`;
  return [kind === "production" ? "cs1" : "csd1", authority, ...[projectId, root, recovery].map(encodeBase64url)].join(
    "~",
  );
}
