import { z } from "zod";
import * as limits from "../limits.ts";
import { type ProblemCode, problems } from "../problems.ts";
import { b64u, b64uBetween, count, opaque, point, version } from "./primitives.ts";

/** Body of `POST /v1/challenges`. */
export const challengeRequestSchema = z.object({ v: version, project: b64u(16) }).meta({ id: "ChallengeRequest" });

/** Answer of `POST /v1/challenges`. */
export const challengeAnswerSchema = z
  .object({ challenge: b64u(60), expiresInSeconds: count })
  .meta({ id: "ChallengeAnswer" });

const proofSchema = z
  .object({ assertion: b64uBetween(1, limits.assertionBytes).optional(), signature: b64u(64).optional() })
  .meta({ id: "Proof", description: "Which members are demanded follows from the platform and the use." });

const evidenceSchema = z
  .discriminatedUnion("type", [
    z.object({
      type: z.literal("apple"),
      challenge: z.string().max(80),
      attestation: b64uBetween(1, limits.evidenceBytes),
    }),
    z.object({
      type: z.literal("android"),
      challenge: z.string().max(80),
      chain: z
        .array(b64uBetween(1, limits.certificateBytes))
        .min(limits.chainCertificatesMin)
        .max(limits.chainCertificatesMax),
    }),
    z.object({
      type: z.literal("play"),
      token: z
        .string()
        .min(1)
        .max(limits.playTokenCharacters)
        .regex(/^[A-Za-z0-9_.-]+$/),
    }),
    z.object({ type: z.literal("development"), key: b64u(16), mac: b64u(32) }),
  ])
  .meta({ id: "Evidence" });

const statementBytes = b64uBetween(1, limits.statementBytes);

/** Body of `POST /v1/sessions`. */
export const sessionRequestSchema = z
  .object({ v: version, statement: statementBytes, proof: proofSchema, credential: opaque.optional() })
  .meta({ id: "SessionRequest" });

/** Body of `POST /v1/instances`. */
export const enrolRequestSchema = z
  .object({
    v: version,
    statement: statementBytes,
    proof: proofSchema,
    evidence: z.array(evidenceSchema).max(limits.evidenceItems),
    previous: z.object({ credential: opaque, signature: b64u(64) }).optional(),
  })
  .meta({ id: "EnrolRequest" });

/** A key list as it travels. */
export const keyListEnvelopeSchema = z
  .object({ signed: b64uBetween(1, limits.keyListBytes), point, signature: b64u(64) })
  .meta({ id: "KeyListEnvelope" });

/** A manifest as it travels; answer of `GET /v1/manifest/{project}/{app}`. */
export const manifestEnvelopeSchema = z
  .object({ kid: b64u(8), signed: b64uBetween(1, limits.manifestBytes), signature: b64u(64) })
  .meta({ id: "ManifestEnvelope" });

/** Answer of `POST /v1/instances` and `POST /v1/sessions`. */
export const signedAnswerSchema = z
  .object({
    v: version,
    kid: b64u(8),
    signed: b64uBetween(1, limits.signedAnswerBytes),
    signature: b64u(64),
    keys: keyListEnvelopeSchema.optional(),
    manifest: manifestEnvelopeSchema.optional(),
  })
  .meta({ id: "SignedAnswer" });

const problemCodes = Object.keys(problems).filter((code): code is ProblemCode => Object.hasOwn(problems, code));

/** RFC 9457 body of every error. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(problemCodes),
    challenge: b64u(60).optional(),
    retryAfterSeconds: count.optional(),
    supported: z.array(z.int()).optional(),
    detail: z.string().optional(),
  })
  .meta({ id: "Problem", description: "Unsigned: never believed for more than a bounded retry." });
