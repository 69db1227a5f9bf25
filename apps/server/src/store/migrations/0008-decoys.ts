import type { Migration } from "./migration.ts";

/** Decoys: which refusals were answered with one, and what they are given in place of secrets and answers. */
export const decoys: Migration = {
  version: 8,
  name: "decoys",
  statements: (text) => [
    "alter table traces add column decoy integer not null default 0",
    "alter table verdict_events add column decoy integer not null default 0",
    `alter table secrets add column sealed_canary ${text}`,
    `alter table protected_apis add column decoy_answer ${text}`,
  ],
};
