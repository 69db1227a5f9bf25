import type { ApiToken } from "../ports/index.ts";

/** What an API's token is where nothing else is said. Rows of an earlier version have only some of these members. */
export const defaultApiToken: Omit<ApiToken, "header"> = {
  prefix: "",
  bind: [],
  profile: "countersign",
  alg: "ES256",
  keys: "api",
  proof: "none",
  limitedUse: false,
  arc: false,
  annotations: false,
  customClaims: false,
  claims: {},
  encryption: null,
  firebase: null,
};
