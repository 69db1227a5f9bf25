import { type Evidence, encodeBase64url } from "@countersign/protocol";
import * as limits from "@countersign/protocol/limits";
import type { Core } from "./core.ts";

/** Play is asked once; an enrolment waits no longer for it. */
const patienceMs = 15_000;

const isToken = (token: unknown): token is string =>
  typeof token === "string" && token.length <= limits.playTokenCharacters && /^[A-Za-z0-9_.-]+$/.test(token);

/**
 * Play Integrity's word on a statement with this hash, on Android, where the app brings Google's library: evidence beside the hardware's (protocol section 5).
 * Where Play gives none, none is sent, and the project says whether that will do.
 */
export async function playEvidence({ ports, development }: Core, hash: Uint8Array): Promise<readonly Evidence[]> {
  const { play, keys, timers } = ports;
  if (play === undefined || keys.platform !== "android" || development !== null) return [];
  const token = await new Promise<unknown>((resolve) => {
    const cancel = timers.after(patienceMs, () => resolve(null));
    const end = (given: unknown): void => {
      cancel();
      resolve(given);
    };
    // A library that throws instead of rejecting is as one that rejects.
    Promise.resolve(encodeBase64url(hash))
      .then((requestHash) => play.token(requestHash))
      .then(end, () => end(null));
  });
  return isToken(token) ? [{ type: "play", token }] : [];
}
