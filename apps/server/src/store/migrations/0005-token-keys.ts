import type { Migration } from "./migration.ts";

/**
 * Token keys get a table of their own, with their algorithm and their times. Those there were move as they are: their public half stays
 * a point until it is next written, and their private half stays sealed under the context it was sealed under.
 */
export const tokenKeys: Migration = {
  version: 5,
  name: "token-keys",
  statements: (text) => [
    `create table token_keys (
      project ${text} not null references projects (id),
      kid ${text} not null,
      purpose ${text} not null,
      api ${text},
      alg ${text} not null,
      public_jwk ${text},
      material ${text} not null,
      created_at_ms bigint not null,
      active_from_ms bigint,
      retires_at_ms bigint,
      primary key (project, kid)
    )`,
    `insert into token_keys
      (project, kid, purpose, api, alg, public_jwk, material, created_at_ms, active_from_ms, retires_at_ms)
      select project, kid, 'api', api, 'ES256', point, private_key, created_at_ms, created_at_ms, retired_at_ms
      from signing_keys where key_use = 'token'`,
    `delete from signing_keys where key_use = 'token'`,
  ],
};
