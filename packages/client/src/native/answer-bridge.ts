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
 * The native half behind one function that takes the name of a call and what it is handed, undefined where that is nothing, and answers `{value}` or `{fault: {code}}`: an
 * error would lose its code on most bridges. What is anything else is a failure without a code.
 */
export function answerBridge(
  call: (name: keyof NativeBridge, of: object | undefined) => Promise<unknown>,
): NativeBridge {
  const ask = async (name: keyof NativeBridge, of: object | undefined): Promise<unknown> => {
    const answer = (await call(name, of)) as Answer | null | undefined;
    if (answer?.value === undefined) throw refusal(answer?.fault?.code);
    return answer.value;
  };
  const names = Object.keys(calls) as (keyof NativeBridge)[];
  return Object.fromEntries(names.map((name) => [name, (of?: object) => ask(name, of)])) as unknown as NativeBridge;
}
