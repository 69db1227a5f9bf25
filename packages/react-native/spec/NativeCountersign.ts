import { type TurboModule, TurboModuleRegistry } from "react-native";

/**
 * The native half in an app without Expo's modules. React Native's codegen makes the native side's class of this file, which is why it is named and placed so; what
 * runs is src/text-module.ts. What is asked and answered is JSON text: it is read once on each side, whatever a version of React Native makes of numbers and nulls.
 */
export interface Spec extends TurboModule {
  call(name: string, of: string): Promise<string>;
  identity(): string;
  randomBytes(length: number): string;
  continuousMs(): number;
}

export const nativeCountersign = TurboModuleRegistry.get<Spec>("Countersign");
