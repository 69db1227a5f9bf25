import { type NativeIdentity, textBridge } from "@countersign/client/native";
import type { NativeModule } from "./native-module.ts";

/** As React Native's module has it, in JSON text: spec/NativeCountersign.ts. */
export interface TextModule {
  call(name: string, of: string): Promise<string>;
  identity(): string;
  randomBytes(length: number): string;
  continuousMs(): number;
}

/** The native half over React Native's own module. */
export function overText(module: TextModule): NativeModule {
  return {
    bridge: textBridge((name, of) => module.call(name, of)),
    identity: () => JSON.parse(module.identity()) as NativeIdentity,
    randomBytes: (length) => module.randomBytes(length),
    continuousMs: () => module.continuousMs(),
  };
}
