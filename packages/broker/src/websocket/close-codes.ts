/** What a side said when it closed (RFC 6455 §7.1.5): 1005 for no code, 1006 for an end without a closing handshake. */
export interface Ending {
  readonly code: number;
  readonly reason: string;
}

/** No reason of the broker's own says anything: a decoy would tell itself by it. */
const ending = (code: number): Ending => ({ code, reason: "" });

export const goingAway: Ending = ending(1001);
/** The caller may not go on. */
export const policyViolated: Ending = ending(1008);
/** The caller may come again: something it depends on was changed. */
export const serviceRestart: Ending = ending(1012);
/** The upstream broke off, or said what is no WebSocket. */
export const badGateway: Ending = ending(1014);

/** Whether a code may stand in a closing frame (RFC 6455 §7.4, and the IANA registry of close codes). */
export function isSendable(code: number): boolean {
  const isRegistered = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code);
  return isRegistered || (code >= 3000 && code <= 4999);
}
