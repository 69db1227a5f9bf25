import { type Configuration, fromUtf8, limits, placeholderOf } from "@countersign/protocol";
import { sha256 } from "../crypto/sha256.ts";
import type { AppRequest } from "./app-request.ts";

const placeholder = /cs-([a-z0-9-]{1,48})-[a-z2-7]{10}/g;

/**
 * Secrets whose placeholder stands in a request, before any manifest says where they may go: a placeholder shows by itself that it is one of
 * this project. It spares a fresh installation its second statement; whether and where a value is filled is the manifest's to say.
 */
export function mentionedSecrets(request: AppRequest, { projectId }: Configuration): string[] {
  const body = request.body === null || request.body.length > limits.fillBodyBytes ? null : fromUtf8(request.body);
  const text = [request.url, ...request.headers.map(([, value]) => value), body ?? ""].join("\n");
  return secretsIn(text, projectId).slice(0, limits.asksSecrets);
}

/** Names of this project's secrets whose placeholder stands in a text. */
export function secretsIn(text: string, projectId: Uint8Array): string[] {
  const names = new Set<string>();
  for (const [found, name] of text.matchAll(placeholder)) {
    if (name !== undefined && placeholderOf(sha256, projectId, name) === found) names.add(name);
  }
  return [...names];
}
