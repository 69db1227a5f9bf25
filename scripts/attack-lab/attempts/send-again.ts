import { sendRaw } from "../../../examples/astropiks/src/world/admin-client.ts";
import type { DemoWorld } from "../../../examples/astropiks/src/world/demo-world.ts";
import { findLeaks } from "../../../testing/leak-detector.ts";
import { type Attempt, type Form, toAttempt } from "../attempt.ts";
import type { RecordedRequest } from "../recorded-requests.ts";

/** Headers of the connection that is gone, not of the request. */
const ofConnection = new Set(["connection", "content-length", "host", "transfer-encoding"]);

/** Where a request was recorded, and where it is sent again. */
export interface Peer {
  readonly origin: string;
  readonly ca: string | null;
}

/** Sends recorded requests again, byte for byte in all that counts, from a script. What would be a success: the API's picture, a session, a key. */
export async function sendAgain(
  world: DemoWorld,
  form: Form,
  requests: readonly RecordedRequest[],
  peer: Peer,
): Promise<Attempt> {
  const answers: string[] = [];
  const found = new Set<string>();
  for (const { method, path, headers, body } of requests) {
    const kept = Object.entries(headers).filter(([name]) => !ofConnection.has(name));
    const { status, body: answer } = await sendRaw(peer, method, path, Object.fromEntries(kept), body);
    const { pathname } = new URL(path, peer.origin);
    const place = pathname.startsWith("/b/") ? "/b/…" : pathname;
    answers.push(`${method} ${place}: ${status}${problemIn(answer)}`);
    if (isWon(status, pathname)) found.add(`the answer to ${method} ${place}`);
    if (world.apiKeys().some((key) => findLeaks(answer, key).length > 0)) found.add(`the key, in ${place}`);
  }
  return toAttempt({
    title: "Send again, from a script, what was recorded on its way",
    tool: "mitmproxy, a script",
    form,
    looked: answers.join("; "),
    found: [...found],
  });
}

/** Whoever asks gets a challenge: an answer to that is nothing won. */
const isWon = (status: number, pathname: string): boolean => status === 200 && pathname !== "/v1/challenges";

function problemIn(answer: Buffer): string {
  try {
    const { code, outcome } = JSON.parse(answer.toString("utf8")) as {
      readonly code?: unknown;
      readonly outcome?: unknown;
    };
    return typeof code === "string" ? ` ${code}` : typeof outcome === "string" ? ` ${outcome}` : "";
  } catch {
    return "";
  }
}
