import { decodeBase64url, type SessionToken } from "@countersign/protocol";
import { subjectFor } from "@countersign/protocol/server";
import { issuerOf, mintToken } from "@countersign/tokens";
import type { DeviceDeps } from "./device-deps.ts";
import type { Grant } from "./grant.ts";

/** Mints the tokens a statement asks for, one for each protected API that has tokens and a key. */
export async function mintTokens(
  deps: DeviceDeps,
  grant: Grant,
  sessionEndsAtMs: number,
): Promise<readonly SessionToken[]> {
  const { context, statement, subject } = grant;
  const { project, projectId } = context;
  const seed = context.seeds[0].seed.reveal();
  return statement.asks.tokens.flatMap(({ api: id, bind }) => {
    const api = context.apis.get(id);
    const key = context.tokenKeys.get(id);
    if (api === undefined || api.token === null || key === undefined) return [];
    const bound = bind === undefined ? null : decodeBase64url(bind, 32);
    const token = mintToken({
      key: { kid: key.kid, alg: "ES256", key: key.privateKey },
      profile: "countersign",
      issuer: issuerOf(deps.publicOrigin(), project.id, project.kind),
      audience: id,
      subject: subjectFor(seed, projectId, id, subject),
      did: null,
      app: statement.app.id,
      ip: null,
      firebase: null,
      issuedAtMs: deps.clock.nowMs(),
      lifetimeSeconds: api.tokenSeconds,
      endsAtMs: sessionEndsAtMs,
      jti: deps.random(16),
      ...(bound === null ? {} : { bind: bound }),
    });
    return [{ api: id, header: api.token.header, prefix: api.token.prefix, token }];
  });
}
