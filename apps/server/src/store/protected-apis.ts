import type { LinkTerms } from "@countersign/broker";
import type { Kysely } from "kysely";
import type { ApiToken, DecoyAnswer, ProtectedApi, ProtectedApis } from "../domain/ports/index.ts";
import { defaultApiToken } from "../domain/project/default-api-token.ts";
import { fromJson, fromNullableJson, toJson } from "./json-columns.ts";
import type { Tables } from "./tables.ts";

export function createProtectedApis(database: Kysely<Tables>): ProtectedApis {
  return {
    list: async (project) =>
      (
        await database.selectFrom("protected_apis").selectAll().where("project", "=", project).orderBy("id").execute()
      ).map(toProtectedApi),
    get: async (project, id) => {
      const row = await database
        .selectFrom("protected_apis")
        .selectAll()
        .where("project", "=", project)
        .where("id", "=", id)
        .executeTakeFirst();
      return row === undefined ? null : toProtectedApi(row);
    },
    put: async (api) => {
      const { project, id, ...values } = protectedApiRow(api);
      await database
        .insertInto("protected_apis")
        .values({ project, id, ...values })
        .onConflict((conflict) => conflict.columns(["project", "id"]).doUpdateSet(values))
        .execute();
    },
    remove: async (project, id) => {
      const { numDeletedRows } = await database
        .deleteFrom("protected_apis")
        .where("project", "=", project)
        .where("id", "=", id)
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
  };
}

function protectedApiRow(api: ProtectedApi): Tables["protected_apis"] {
  return {
    project: api.project,
    id: api.id,
    host: api.host,
    port: api.port,
    channel: api.channel,
    pins: toJson(api.pins),
    roots: toJson(api.roots),
    token: toJson(api.token),
    token_seconds: api.tokenSeconds,
    when_unavailable: api.whenUnavailable,
    created_at_ms: api.createdAtMs,
    decoy_answer: api.decoyAnswer == null ? null : toJson(api.decoyAnswer),
    links: api.links == null ? null : toJson(api.links),
  };
}

function toProtectedApi(row: Tables["protected_apis"]): ProtectedApi {
  return {
    project: row.project,
    id: row.id,
    host: row.host,
    port: row.port,
    channel: row.channel as ProtectedApi["channel"],
    pins: fromJson<ProtectedApi["pins"]>(row.pins),
    roots: fromJson<ProtectedApi["roots"]>(row.roots),
    token: toApiToken(row.token),
    tokenSeconds: row.token_seconds,
    whenUnavailable: row.when_unavailable as ProtectedApi["whenUnavailable"],
    createdAtMs: row.created_at_ms,
    ...(row.decoy_answer === null ? {} : { decoyAnswer: fromJson<DecoyAnswer>(row.decoy_answer) }),
    ...(row.links === null ? {} : { links: fromJson<LinkTerms>(row.links) }),
  };
}

/** A row of an earlier version lacks members: each then has its default. */
function toApiToken(text: string | null): ApiToken | null {
  const token = fromNullableJson<Pick<ApiToken, "header"> & Partial<ApiToken>>(text);
  return token === null ? null : { ...defaultApiToken, ...token };
}
