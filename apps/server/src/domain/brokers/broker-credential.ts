import { createHash } from "node:crypto";

/** What the credential of a broker that stands alone begins with; 43 characters of b64u follow. */
export const brokerCredentialPrefix = "csb_";

/** Whether a text has the form of one. */
export function isBrokerCredential(text: string): boolean {
  return /^csb_[A-Za-z0-9_-]{43}$/.test(text);
}

/** Lower-case hex SHA-256 of a credential's text: all that is ever stored of it. */
export function brokerCredentialHash(credential: string): string {
  return createHash("sha256").update(credential, "utf8").digest("hex");
}
