import type { Bearer } from "@countersign/broker";
import { fromUtf8 } from "@countersign/protocol";
import type { HoldValue, SecretValue } from "../domain/ports/index.ts";
import { LinkLostError } from "./link-lost-error.ts";
import type { ServiceLink } from "./service-link.ts";

/**
 * Draws on a budget where everybody draws on it: at the service, which knows what a call costs and how much there is. One that cannot be asked gives nothing: budgets
 * are money.
 *
 * @throws LinkLostError
 */
export async function drawAtService(link: Pick<ServiceLink, "ask">, budget: string): Promise<boolean> {
  const answered = await link.ask("draw", { budget });
  if (!answered.ok) throw new LinkLostError();
  const text = fromUtf8(answered.plaintext);
  if (text === '{"v":1,"drawn":true}') return true;
  if (text === '{"v":1,"drawn":false}') return false;
  throw new LinkLostError();
}

/**
 * A value minted for this bearer, at the service: what it is minted with never leaves it. Null where there is none now.
 *
 * @throws LinkLostError
 */
export async function mintAtService(
  { link, hold }: { readonly link: Pick<ServiceLink, "ask">; readonly hold: HoldValue },
  name: string,
  { instance, subject, app, verdict }: Bearer,
): Promise<SecretValue | null> {
  const answered = await link.ask("mint", { name, bearer: { instance, subject, app, verdict } });
  if (!answered.ok) throw new LinkLostError();
  const { plaintext } = answered;
  const value = plaintext[0] === 1 ? hold(plaintext.subarray(1)) : null;
  plaintext.fill(0);
  return value;
}
