import { createHash } from "node:crypto";

/** `csh_` and 32 random bytes as b64u. */
export function newHookToken(random: (length: number) => Uint8Array): string {
  return `csh_${Buffer.from(random(32)).toString("base64url")}`;
}

export function isHookToken(text: string): boolean {
  return /^csh_[A-Za-z0-9_-]{43}$/.test(text);
}

/** Lower-case hex SHA-256 of a token's text: all that is ever stored of it. */
export function hookTokenHash(token: string): string {
  return createHash("sha256").update(token, "utf8").digest("hex");
}
