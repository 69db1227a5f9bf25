import { decodeBase64url, encodeBase64url } from "@countersign/protocol";
import type { Jwk, TokenAlg } from "@countersign/tokens";
import type { Kysely } from "kysely";
import type { StoredTokenKey, TokenKeys } from "../domain/ports/index.ts";
import { fromJson } from "./json-columns.ts";
import { RecordMissingError } from "./record-missing-error.ts";
import type { Tables } from "./tables.ts";

export function createTokenKeys(database: Kysely<Tables>): TokenKeys {
  return {
    ofProject: async (project) => {
      const rows = await database
        .selectFrom("token_keys")
        .selectAll()
        .where("project", "=", project)
        .orderBy("created_at_ms")
        .orderBy("kid")
        .execute();
      return rows.map(toTokenKey);
    },
    change: async (project, { add = [], times = [] }) => {
      await database.transaction().execute(async (transaction) => {
        for (const key of add) await transaction.insertInto("token_keys").values(tokenKeyRow(project, key)).execute();
        for (const { kid, activeFromMs, retiresAtMs } of times) {
          const { numUpdatedRows } = await transaction
            .updateTable("token_keys")
            .set({ active_from_ms: activeFromMs, retires_at_ms: retiresAtMs })
            .where("project", "=", project)
            .where("kid", "=", kid)
            .executeTakeFirstOrThrow();
          if (numUpdatedRows === 0n) throw new RecordMissingError("token key");
        }
      });
    },
  };
}

function tokenKeyRow(project: string, key: StoredTokenKey): Tables["token_keys"] {
  return {
    project,
    kid: key.kid,
    purpose: key.purpose,
    api: key.api,
    alg: key.alg,
    public_jwk: key.publicJwk === null ? null : JSON.stringify(key.publicJwk),
    material: key.material,
    created_at_ms: key.createdAtMs,
    active_from_ms: key.activeFromMs,
    retires_at_ms: key.retiresAtMs,
  };
}

function toTokenKey(row: Tables["token_keys"]): StoredTokenKey {
  return {
    project: row.project,
    kid: row.kid,
    purpose: row.purpose as StoredTokenKey["purpose"],
    api: row.api,
    alg: row.alg as TokenAlg,
    publicJwk: row.public_jwk === null ? null : toPublicJwk(row.kid, row.public_jwk),
    material: row.material,
    createdAtMs: row.created_at_ms,
    activeFromMs: row.active_from_ms,
    retiresAtMs: row.retires_at_ms,
  };
}

/** A key of an earlier form is kept as its point (65 bytes `04 ∥ X ∥ Y`, b64u). */
function toPublicJwk(kid: string, text: string): Jwk {
  if (text.startsWith("{")) return fromJson<Jwk>(text);
  const point = decodeBase64url(text, 65);
  if (point === null) throw new TypeError("a stored token key has no valid point");
  const [x, y] = [encodeBase64url(point.subarray(1, 33)), encodeBase64url(point.subarray(33))];
  return { kty: "EC", crv: "P-256", alg: "ES256", use: "sig", kid, x, y };
}
