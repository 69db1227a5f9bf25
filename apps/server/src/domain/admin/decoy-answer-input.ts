import type { DecoyAnswer } from "../ports/index.ts";
import { invalidInput } from "./admin-error.ts";

const mostBodyBytes = 16 * 1024;
const mostDelayMs = 30_000;

/** What the broker answers decoys' calls of an API with. Redirects are left out: a device would follow them to where decoys end. */
export function toDecoyAnswer(input: DecoyAnswer | null | undefined): { readonly decoyAnswer?: DecoyAnswer } {
  if (input == null) return {};
  const { status, contentType, body, delayMs } = input;
  if (!Number.isInteger(status) || status < 200 || status > 599 || (status >= 300 && status < 400)) {
    throw invalidInput("/decoyAnswer/status", "A status from 200 to 299, or from 400 to 599.");
  }
  if (!/^[a-z0-9.+-]+\/[a-z0-9.+-]+(?:; ?[a-z0-9-]+=[A-Za-z0-9._-]+)?$/.test(contentType) || contentType.length > 128) {
    throw invalidInput("/decoyAnswer/contentType", "A media type in lower case, for example `application/json`.");
  }
  if (Buffer.byteLength(body) > mostBodyBytes) {
    throw invalidInput("/decoyAnswer/body", `A body has at most ${mostBodyBytes} bytes.`);
  }
  if (!Number.isInteger(delayMs) || delayMs < 0 || delayMs > mostDelayMs) {
    throw invalidInput("/decoyAnswer/delayMs", `A delay is from 0 to ${mostDelayMs} ms.`);
  }
  return { decoyAnswer: { status, contentType, body, delayMs } };
}
