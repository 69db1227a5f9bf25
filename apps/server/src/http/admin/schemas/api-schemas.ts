import { tokenAlgs, tokenProfiles } from "@countersign/tokens";
import { z } from "zod";
import { chainProblems } from "../../../domain/chains/chain-problems.ts";
import { timeMs } from "./identifiers.ts";

const channel = z.enum(["pins", "roots", "both", "system"]);
const whenUnavailable = z.enum(["fail", "proceed"]);
const headers = z.array(z.string().max(128)).max(16);

const profile = z.enum(tokenProfiles);
const alg = z.enum(tokenAlgs);
const keys = z.enum(["api", "project"]);
const proof = z.enum(["none", "dpop", "httpsig"]);
const claims = z.record(
  z.string().max(64),
  z.union([z.string().max(1024), z.number(), z.boolean(), z.array(z.string().max(256)).max(64)]),
);
const appIds = z.record(z.string().max(64), z.string().max(128));

const TokenInput = z
  .strictObject({
    header: z.string().max(128).optional().describe("Default by profile; `countersign` has none."),
    prefix: z.string().max(64).optional(),
    bind: headers.optional().describe("Headers whose values `pay` covers, in order."),
    profile: profile.optional().describe("Default `countersign`."),
    alg: alg.optional().describe("Default by profile: ES256, HS256 (`approov`), RS256 (`firebase-app-check`)."),
    keys: keys.optional().describe("Keys of its own, or shared by the project's APIs. Default `api`."),
    proof: proof.optional().describe("What a caller proves beside the token. Default `none`."),
    limitedUse: z.boolean().optional().describe("A token counts once. Default false."),
    arc: z.boolean().optional().describe("Whether tokens carry the ARC. Default false."),
    annotations: z.boolean().optional().describe("Whether tokens name findings that did not refuse. Default false."),
    customClaims: z
      .boolean()
      .optional()
      .describe("Whether an app may put claims of its own into `custom`. Default false."),
    claims: claims.optional().describe("Further claims, the same in every token."),
    encryption: z
      .strictObject({ key: z.string().max(16_384).describe("A public key: PEM, or a JWK as JSON text.") })
      .nullable()
      .optional(),
    firebase: z
      .strictObject({ projectNumber: z.string().max(32), projectId: z.string().max(64), appIds: appIds.optional() })
      .nullable()
      .optional(),
  })
  .meta({ id: "AdminNewApiToken" });

const TokenAnswer = z
  .object({
    header: z.string(),
    prefix: z.string(),
    bind: z.array(z.string()),
    profile,
    alg,
    keys,
    proof,
    limitedUse: z.boolean(),
    arc: z.boolean(),
    annotations: z.boolean(),
    customClaims: z.boolean(),
    claims,
    encryption: z
      .object({ alg: z.enum(["RSA-OAEP-256", "ECDH-ES+A256KW"]), jwk: z.string().describe("The public key.") })
      .nullable(),
    firebase: z.object({ projectNumber: z.string(), projectId: z.string(), appIds }).nullable(),
  })
  .meta({ id: "AdminApiToken" });

const decoyAnswer = z
  .strictObject({ status: z.int(), contentType: z.string().max(128), body: z.string().max(16_384), delayMs: z.int() })
  .nullable()
  .describe("What the broker answers decoys with, after about so long; default 429 with `{}`.");

const chain = z
  .object({
    checkedAtMs: timeMs,
    changedAtMs: timeMs.nullable().describe("When another leaf than before was seen first."),
    certificates: z
      .array(
        z.object({
          subject: z.string(),
          issuer: z.string(),
          notBeforeMs: timeMs,
          notAfterMs: timeMs,
          pin: z.string().describe("SHA-256 of the SPKI, base64url."),
          sha256: z.string(),
        }),
      )
      .describe("From the leaf up, as last seen."),
    findings: z.array(
      z.object({
        problem: z.enum(chainProblems),
        certificate: z.string().nullable(),
        endsAtMs: timeMs.nullable(),
      }),
    ),
  })
  .meta({ id: "AdminApiChain" });

const input = {
  host: z.string().max(300),
  port: z.int().optional().describe("Default 443."),
  channel,
  pins: z
    .array(z.string().max(64))
    .max(32)
    .optional()
    .describe("SHA-256 of the SPKI, base64 or base64url; at least two."),
  roots: z.array(z.string().max(16_384)).max(64).optional().describe("PEM certificates of authorities."),
  token: TokenInput.nullable().optional().describe("Default: the API has no tokens."),
  tokenSeconds: z.int().optional().describe("30 to 300; default 300."),
  whenUnavailable: whenUnavailable.optional().describe("Default `fail`."),
  decoyAnswer: decoyAnswer.optional(),
};

export const ApiReplacement = z.strictObject(input).meta({ id: "AdminApiReplacement" });

export const ApiInput = z.strictObject({ id: z.string().max(64), ...input }).meta({ id: "AdminNewApi" });

const linkedPath = z.object({ api: z.string(), path: z.string() });

export const ApiLinksInput = z
  .strictObject({
    to: z
      .array(z.strictObject({ api: z.string().max(64), path: z.string().max(1024).optional() }))
      .max(64)
      .describe("Paths of APIs of this project, each `/` unless it is given; none: no link is led through the broker."),
    seconds: z.int().optional().describe("The longest that a link is good for, 60 to 3600; default 900."),
  })
  .meta({ id: "AdminApiLinks" });

export const ApiAnswer = z
  .object({
    id: z.string(),
    host: z.string(),
    port: z.int(),
    channel,
    pins: z.array(z.string()),
    roots: z.array(z.string()),
    token: TokenAnswer.nullable(),
    tokenSeconds: z.int(),
    whenUnavailable,
    createdAtMs: timeMs,
    decoyAnswer,
    links: z
      .object({ to: z.array(linkedPath), seconds: z.int() })
      .nullable()
      .describe("Which links in its answers are led through the broker; null: none."),
    chain: chain.nullable().describe("What was last seen of the live chain; null: not looked at yet."),
  })
  .meta({ id: "AdminApi" });

export const ApisAnswer = z.object({ apis: z.array(ApiAnswer) }).meta({ id: "AdminApis" });
