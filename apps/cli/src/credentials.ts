import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CliFailure } from "./cli-failure.ts";
import type { CliIo } from "./cli-io.ts";
import { configFolder } from "./config-folder.ts";

/** Where the service is and the administrator token for it. */
export interface Credentials {
  readonly url: string;
  readonly token: string;
}

const fileOf = (io: CliIo): string => join(configFolder(io), "credentials.json");

/** COUNTERSIGN_URL and COUNTERSIGN_TOKEN, each over what `login` stored; a stored token is only sent to the address it was stored for. */
export function loadCredentials(io: CliIo): Credentials {
  const url = io.env.COUNTERSIGN_URL || undefined;
  const token = io.env.COUNTERSIGN_TOKEN || undefined;
  const stored = url !== undefined && token !== undefined ? null : readStored(io);
  const address = url === undefined ? stored?.url : toServiceUrl(url);
  if (address === undefined) {
    throw new CliFailure(
      "not_logged_in",
      "Not logged in. Use `countersign login --url URL`, or set COUNTERSIGN_URL and COUNTERSIGN_TOKEN.",
    );
  }
  const key = token ?? (stored?.url === address ? stored.token : undefined);
  if (key === undefined) {
    throw new CliFailure(
      "not_logged_in",
      `Not logged in at ${address}. Use \`countersign login --url ${address}\`, or set COUNTERSIGN_TOKEN.`,
    );
  }
  return { url: address, token: key };
}

/** Stores credentials in a 0600 file of a 0700 folder, replacing the earlier ones at once; returns the file's path. */
export function storeCredentials(io: CliIo, credentials: Credentials): string {
  const file = fileOf(io);
  const draft = `${file}.${process.pid}.new`;
  try {
    mkdirSync(configFolder(io), { recursive: true, mode: 0o700 });
    writeFileSync(draft, `${JSON.stringify(credentials)}\n`, { mode: 0o600, flag: "wx" });
    chmodSync(draft, 0o600);
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw new CliFailure("credentials_unwritable", `${file} cannot be written (${errorCode(error)}).`);
  }
  return file;
}

/** False where there were none. */
export function forgetCredentials(io: CliIo): boolean {
  try {
    rmSync(fileOf(io));
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw new CliFailure("credentials_unwritable", `${fileOf(io)} cannot be removed (${errorCode(error)}).`);
  }
}

/**
 * The origin of a service. Plain http is for loopback addresses: anywhere else the token would travel in the clear.
 */
export function toServiceUrl(text: string): string {
  const wrong = new CliFailure(
    "url_malformed",
    "The service's address must be like `https://attest.example.org` or `http://127.0.0.1:8400`.",
  );
  if (!URL.canParse(text)) throw wrong;
  const url = new URL(text);
  const plain = url.protocol === "http:";
  if ((!plain && url.protocol !== "https:") || url.username !== "" || url.password !== "") throw wrong;
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") throw wrong;
  if (plain && !["127.0.0.1", "localhost", "[::1]"].includes(url.hostname)) {
    throw new CliFailure(
      "url_insecure",
      "Use https: over http the administrator token would travel in the clear (http is for loopback only).",
    );
  }
  return url.origin;
}

function readStored(io: CliIo): Credentials | null {
  const file = fileOf(io);
  try {
    if (process.platform !== "win32" && (statSync(file).mode & 0o077) !== 0) {
      throw new CliFailure(
        "credentials_exposed",
        `${file} can be read by others. Close it with \`chmod 600\` and consider its token stolen.`,
      );
    }
    const stored: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (isCredentials(stored)) return { url: toServiceUrl(stored.url), token: stored.token };
  } catch (error) {
    if (error instanceof CliFailure) throw error;
    if (errorCode(error) === "ENOENT") return null;
  }
  throw new CliFailure(
    "credentials_unreadable",
    `${file} cannot be read. Log in again with \`countersign login --url URL\`.`,
  );
}

function isCredentials(value: unknown): value is Credentials {
  if (typeof value !== "object" || value === null || !("url" in value) || !("token" in value)) return false;
  return typeof value.url === "string" && typeof value.token === "string";
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown";
}
