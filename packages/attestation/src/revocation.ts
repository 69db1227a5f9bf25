/** What a vendor's list says of one certificate. */
export type RevocationStatus = "good" | "revoked" | "suspended";

/** The port through which a verifier asks. `serialHex` is lower-case hex without padding; both radixes are looked up inside. */
export interface RevocationList {
  statusOf(serialHex: string): RevocationStatus;
}

/** The list, or one line on what is wrong with the text. */
export type ParsedStatusList =
  | { readonly ok: true; readonly list: RevocationList; readonly size: number }
  | { readonly ok: false; readonly message: string };

const maximumCharacters = 16 * 1024 * 1024;

/**
 * Reads Google's attestation status list (https://developer.android.com/privacy-and-security/security-key-attestation#certificate_status):
 * `{"entries": {serial: {"status": "REVOKED" | "SUSPENDED", ...}}}`. Serials are lower-case hex, but those of old 64-bit
 * certificates stand there in decimal. A status this release does not know counts as revoked.
 */
export function parseStatusList(text: string): ParsedStatusList {
  if (text.length > maximumCharacters) return refused("it is larger than 16 MiB");
  const entries = parseEntries(text);
  if (entries === null) return refused('it is not JSON with an object "entries"');
  const statuses = new Map<string, RevocationStatus>();
  for (const [serial, entry] of Object.entries(entries)) {
    const status: unknown = isObject(entry) ? entry.status : undefined;
    if (typeof status !== "string") return refused(`entry ${JSON.stringify(serial.slice(0, 80))} has no status`);
    statuses.set(serial.toLowerCase(), status === "SUSPENDED" ? "suspended" : "revoked");
  }
  const list: RevocationList = {
    statusOf: (serialHex) => statuses.get(serialHex) ?? statuses.get(toDecimal(serialHex)) ?? "good",
  };
  return { ok: true, list, size: statuses.size };
}

function refused(message: string): ParsedStatusList {
  return { ok: false, message: `this is no attestation status list: ${message}` };
}

function parseEntries(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const root: unknown = JSON.parse(text);
    return isObject(root) && isObject(root.entries) ? root.entries : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function toDecimal(serialHex: string): string {
  return /^[0-9a-f]+$/.test(serialHex) ? BigInt(`0x${serialHex}`).toString() : "";
}
