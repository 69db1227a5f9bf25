import type { Migration } from "./migration.ts";

/** Which secrets a verifier credential may have for its API, and in which headers, as JSON. Null: none. */
export const verifierInjections: Migration = {
  version: 12,
  name: "verifier-injections",
  statements: (text) => [`alter table verifiers add column injections ${text}`],
};
