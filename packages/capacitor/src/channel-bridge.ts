import type { NativeBridge, NativeIdentity } from "@countersign/client/native";
import type { Channel } from "./find-channel.ts";

/** Every call of the contract: a missing or a superfluous one does not compile. */
const calls: Readonly<Record<keyof NativeBridge, true>> = {
  observe: true,
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
  holdChannels: true,
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
  readonly fault?: { readonly code?: unknown };
}

/** By its code alone: the text of a fault is the platform's, and may hold what was sent. */
const refusal = (code: unknown): Error => Object.assign(new Error("the native half refused"), { code });

async function ask(channel: Channel, name: string, of: unknown): Promise<unknown> {
  const answer = JSON.parse(await channel(name, JSON.stringify(of ?? {}))) as Answer | null;
  if (answer?.value === undefined) throw refusal(answer?.fault?.code);
  return answer.value;
}

/** The native half as `NativeBridge` has it. */
export function channelBridge(channel: Channel): NativeBridge {
  const made = Object.keys(calls).map((name) => [name, (of: unknown) => ask(channel, name, of)]);
  return Object.fromEntries(made) as NativeBridge;
}

/** What the native half says of itself. */
export const identityOf = (channel: Channel): Promise<NativeIdentity> =>
  ask(channel, "identity", null) as Promise<NativeIdentity>;
