/** What is used of React Native, which is the app's own: no version of it is installed here. */
declare module "react-native" {
  export type TurboModule = object;
  export const TurboModuleRegistry: { get<T extends TurboModule>(name: string): T | null };
  export const AppState: {
    readonly currentState: string;
    addEventListener(type: "change", listener: (state: string) => void): { remove(): void };
  };
}
