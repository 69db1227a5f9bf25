import type { Migration } from "./migration.ts";

/** How values of a secret are minted from its own, as JSON. Null: its own value is the one that is used. */
export const secretRecipes: Migration = {
  version: 15,
  name: "secret-recipes",
  statements: (text) => [`alter table secrets add column recipe ${text}`],
};
