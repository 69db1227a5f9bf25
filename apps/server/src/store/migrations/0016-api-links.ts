import type { Migration } from "./migration.ts";

/** Which links in an API's answers the broker leads through itself, as JSON. Null: none. */
export const apiLinks: Migration = {
  version: 16,
  name: "api-links",
  statements: (text) => [`alter table protected_apis add column links ${text}`],
};
