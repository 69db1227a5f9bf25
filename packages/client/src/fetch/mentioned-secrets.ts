import { type Configuration, fromUtf8, placeholderOf } from "@countersign/protocol";
import * as limits from "@countersign/protocol/limits";
import { sha256 } from "../crypto/sha256.ts";
import type { AppRequest } from "./app-request.ts";

const placeholder = /cs-([a-z0-9-]{1,48})-[a-z2-7]{10}/g;

const keptNames = 64;
/** Placeholders made before, by project: they are public, and every request asks for the same few. */
const made = new WeakMap<Uint8Array, Map<string, string>>();

function placeholderFor(projectId: Uint8Array, name: string): string {
  const ofProject = made.get(projectId) ?? new Map<string, string>();
  const known = ofProject.get(name);
  if (known !== undefined) return known;
  const text = placeholderOf(sha256, projectId, name);
  if (ofProject.size >= keptNames) ofProject.clear();
  made.set(projectId, ofProject.set(name, text));
  return text;
}

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
    if (name !== undefined && placeholderFor(projectId, name) === found) names.add(name);
  }
  return [...names];
}
