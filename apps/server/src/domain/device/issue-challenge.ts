import { decodeBase64url, limits, parseChallengeRequest } from "@countersign/protocol";
import { mintOpenChallenge } from "./challenges.ts";
import type { DeviceDeps } from "./device-deps.ts";
import { type DeviceCall, type DeviceProblem, problem } from "./outcome.ts";

/** What `POST /v1/challenges` answers. */
export interface IssuedChallenge {
  readonly challenge: string;
  readonly expiresInSeconds: number;
}

/** `POST /v1/challenges`: any well-formed project id gets one. No look-up, no storage, nothing to enumerate. */
export async function issueChallenge(
  deps: DeviceDeps,
  call: DeviceCall,
): Promise<{ readonly ok: true; readonly issued: IssuedChallenge } | DeviceProblem> {
  const request = parseChallengeRequest(call.body);
  if (!request.ok) return problem(request.code, request.detail);
  const projectId = decodeBase64url(request.value.project, 16);
  if (projectId === null) return problem("malformed", "project is not 16 bytes");
  const challenge = await mintOpenChallenge(deps, projectId, call.network);
  return { ok: true, issued: { challenge, expiresInSeconds: limits.openChallengeSeconds } };
}
