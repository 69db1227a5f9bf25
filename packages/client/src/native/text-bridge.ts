import type { NativeBridge } from "./native-bridge.ts";

/** Every call of the contract: a missing or a superfluous one does not compile. */
const calls: Readonly<Record<keyof NativeBridge, true>> = {
  observe: true,
  holdChannels: true,
  enrol: true,
  prove: true,
  provePrevious: true,
  dpop: true,
  httpSignature: true,
  clientAttestationProof: true,
  forget: true,
  read: true,
  write: true,
  remove: true,
  send: true,
  receive: true,
  upload: true,
  abandon: true,
  openSocket: true,
  nextOfSocket: true,
  sendToSocket: true,
  closeSocket: true,
};

interface Answer {
  readonly value?: unknown;
  readonly fault?: { readonly code?: unknown } | null;
}

/** By its code alone: the text of a fault is the platform's, and may hold what was sent. */
const refusal = (code: unknown): Error => Object.assign(new Error("the native half refused"), { code });

/**
 * The native half behind a call that takes and gives text: the name, and JSON of one object; JSON of `{value}` or `{fault: {code}}`. What is anything else is a
 * failure without a code.
 */
export function textBridge(call: (name: string, of: string) => Promise<string>): NativeBridge {
  const ask = async (name: string, of: unknown): Promise<unknown> => {
    const answer = JSON.parse(await call(name, JSON.stringify(of ?? {}))) as Answer | null;
    if (answer?.value === undefined) throw refusal(answer?.fault?.code);
    return answer.value;
  };
  const made = Object.keys(calls).map((name) => [name, (of: unknown) => ask(name, of)]);
  return Object.fromEntries(made) as NativeBridge;
}
