/** The agent in React: one provider, one hook. React (18 or newer) is the app's own. */
export { CountersignProvider, type CountersignProviderProps } from "./countersign-provider.ts";
export { type Countersign, useCountersign } from "./use-countersign.ts";
export { type SecretView, useSecret } from "./use-secret.ts";
