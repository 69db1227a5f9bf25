import { z } from "zod";
import { isBrokerOrigin } from "../host.ts";
import * as limits from "../limits.ts";
import {
  arc,
  b64u,
  b64uBetween,
  claim,
  count,
  environment,
  headerName,
  host,
  id,
  opaque,
  platform,
  point,
  positive,
  version,
  word,
} from "./primitives.ts";

/** The content of a statement, as it is signed. */
export const statementSchema = z
  .object({
    v: version,
    use: z.enum(["enrol", "session"]),
    project: b64u(16),
    environment,
    challenge: z.string().max(80),
    platform,
    app: z.object({ id, version: claim, build: claim, bundle: b64u(32).optional() }),
    sdk: claim,
    instance: b64u(16),
    instanceKey: point,
    sessionKey: b64u(32),
    signals: z.object({
      detectors: z.record(word, count),
      seen: z
        .array(
          z.object({
            name: word,
            count,
            ageSeconds: count,
            detail: z.string().max(limits.detailCharacters).optional(),
          }),
        )
        .max(limits.signals),
    }),
    asks: z.object({
      tokens: z.array(z.object({ api: id, bind: b64u(32).optional() })).max(limits.asksTokens),
      secrets: z.array(id).max(limits.asksSecrets),
      clientAttestations: z
        .array(z.object({ clientId: z.string().min(1).max(limits.clientIdCharacters) }))
        .max(limits.asksClientAttestations),
      customTokens: z
        .array(z.object({ api: id, claims: z.string().max(limits.customClaimsBytes) }))
        .min(1)
        .max(limits.asksCustomTokens)
        .optional(),
      valuesKeys: z.boolean().optional(),
    }),
    holds: z.object({ keys: count, manifestEpoch: count, manifest: count }),
    work: b64u(8).optional(),
  })
  .meta({ id: "Statement", description: "What an instance signs; travels as base64url of its bytes." });

const answerCommon = {
  v: version,
  project: b64u(16),
  environment,
  serverTimeMs: count,
  keys: positive,
  manifest: z.object({ epoch: count, version: count }),
  challenge: b64u(60),
};

/** The signed content of an answer. */
export const answerBodySchema = z
  .discriminatedUnion("outcome", [
    z.object({
      ...answerCommon,
      outcome: z.literal("session"),
      enc: b64u(32),
      sealed: b64uBetween(16, limits.sealedSessionBytes + 16),
    }),
    z.object({
      ...answerCommon,
      outcome: z.literal("refused"),
      arc,
      reasons: z.array(word).max(limits.reasons).optional(),
      action: word.optional(),
      retryAfterSeconds: count,
    }),
    z.object({
      ...answerCommon,
      outcome: z.literal("enrol"),
      reason: z.enum(["unknown_instance", "evidence_too_old", "facts_missing", "version_changed"]),
    }),
  ])
  .meta({ id: "AnswerBody", description: "The signed content of an answer; travels as base64url of its bytes." });

const compact = z.string().min(1).max(limits.tokenCharacters);

/** The plaintext of a sealed session. */
export const sealedSessionSchema = z
  .object({
    session: b64u(16),
    verdict: z.enum(["trusted", "restricted"]),
    arc,
    expiresInSeconds: z.int().min(1).max(limits.sessionSeconds),
    refreshInSeconds: z.int().min(1).max(limits.sessionSeconds),
    reenrolInSeconds: count.optional(),
    credential: opaque,
    tokens: z
      .array(z.object({ api: id, header: headerName, prefix: z.string().max(64), token: compact }))
      .max(limits.asksTokens),
    clientAttestations: z
      .array(z.object({ clientId: z.string().min(1).max(limits.clientIdCharacters), jwt: compact }))
      .max(limits.asksClientAttestations),
    customTokens: z
      .array(z.object({ api: id, header: headerName, prefix: z.string().max(64), token: compact }))
      .max(limits.asksCustomTokens)
      .optional(),
    valuesKeys: z
      .array(z.object({ generation: z.int().min(0).max(255), key: b64u(32) }))
      .min(1)
      .max(limits.valuesKeys)
      .optional(),
    secrets: z
      .array(
        z.discriminatedUnion("mode", [
          z.object({
            name: id,
            version: positive,
            mode: z.literal("delivered"),
            value: z.string().max(limits.secretValueBytes),
          }),
          z.object({ name: id, version: positive, mode: z.literal("brokered") }),
        ]),
      )
      .max(limits.asksSecrets),
    pass: opaque,
    proofKey: b64u(32),
    watch: z.object({ generation: count, spreadSeconds: z.int().min(0).max(3600) }).optional(),
  })
  .meta({
    id: "SealedSession",
    description: "The plaintext of a seal, padded with spaces to a multiple of 1024 bytes.",
  });

/** The signed content of a key list. */
export const keyListSchema = z
  .object({
    v: version,
    project: b64u(16),
    environment,
    version: positive,
    manifestEpoch: count,
    keys: z
      .array(z.object({ kid: b64u(8), use: z.enum(["response", "manifest"]), point }))
      .min(1)
      .max(limits.keyListKeys),
  })
  .meta({ id: "KeyList", description: "The online keys of a project, signed by one of its roots." });

/** One declared spot of a request. */
export const placeSchema = z
  .object({
    api: id,
    methods: z
      .array(
        z
          .string()
          .max(32)
          .regex(/^[A-Z][A-Z-]*$/),
      )
      .min(1)
      .max(16),
    path: z
      .string()
      .max(1024)
      .regex(/^\/[!-~]*$/),
    in: z.enum(["header", "query", "segment", "form", "json", "basic"]),
    name: z.string().min(1).max(256),
    prefix: z.string().max(128).optional(),
    when: z.enum(["placeholder", "always"]),
  })
  .meta({ id: "Place", description: "The one declared spot of a request where a secret may be filled." });

/** The signed content of a manifest. */
export const manifestSchema = z
  .object({
    v: version,
    project: b64u(16),
    environment,
    app: id,
    epoch: count,
    version: count,
    issuedAtMs: count,
    staleAfterSeconds: positive,
    apis: z
      .array(
        z.object({
          api: id,
          host,
          port: z.int().min(1).max(65535),
          channel: z.enum(["pins", "roots", "both", "system"]),
          pins: z.array(b64u(32)).max(limits.pinsMax),
          token: z
            .object({
              header: headerName,
              prefix: z.string().max(64),
              bind: z.array(headerName).max(16),
              binding: z.enum(["lines", "concatenated"]).optional(),
              limitedUse: z.boolean().optional(),
            })
            .optional(),
          proof: z.enum(["dpop", "httpsig"]).optional(),
          whenUnavailable: z.enum(["fail", "proceed"]),
        }),
      )
      .max(limits.apis),
    secrets: z
      .array(
        z.object({
          name: id,
          placeholder: z.string().regex(/^cs-[a-z0-9-]{1,48}-[a-z2-7]{10}$/),
          places: z.array(placeSchema).max(limits.places),
        }),
      )
      .max(limits.secrets),
    roots: z.array(b64uBetween(1, limits.certificateBytes)).max(limits.roots),
    signals: z.object({ required: z.array(word).max(limits.detectors) }),
    broker: z
      .string()
      .max(limits.originCharacters)
      .refine((origin) => isBrokerOrigin(origin, "development"), "not an origin of a broker")
      .optional()
      .describe("Origin of a broker that stands alone; left out: the service."),
  })
  .meta({ id: "Manifest", description: "Signed, versioned configuration of one app." });
