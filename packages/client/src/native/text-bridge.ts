import { answerBridge } from "./answer-bridge.ts";
import type { NativeBridge } from "./native-bridge.ts";

/** The native half behind a call that takes and gives text: the name, and JSON of one object; JSON of `{value}` or `{fault: {code}}`. */
export const textBridge = (call: (name: string, of: string) => Promise<string>): NativeBridge =>
  answerBridge(async (name, of) => JSON.parse(await call(name, JSON.stringify(of ?? {}))) as unknown);
