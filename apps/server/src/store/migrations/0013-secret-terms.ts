import type { Migration } from "./migration.ts";

/** How a brokered secret may be used, as JSON. Null: its value goes into its places, without a budget. */
export const secretTerms: Migration = {
  version: 13,
  name: "secret-terms",
  statements: (text) => [`alter table secrets add column terms ${text}`],
};
