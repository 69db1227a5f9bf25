import { z } from "zod";

/** Where bytes stand: offset and length. */
const span = z.tuple([z.int().min(0), z.int().min(0)]).readonly();
export type Span = z.output<typeof span>;

const key = span.refine(([, length]) => length === 32);
const name = z.string().min(1).max(48);
const time = z.int().min(0);
const revision = z.string().min(1).max(64);

const hmac = z.strictObject({
  kind: z.literal("hmac"),
  algorithm: z.enum(["sha1", "sha256", "sha384", "sha512"]),
  key: z.enum(["utf8", "hex", "base64"]),
  encoding: z.enum(["hex", "base64", "base64url"]),
  message: z.string(),
  headers: z.record(z.string(), z.string()),
});
const aws = z.strictObject({ kind: z.literal("aws-sigv4"), region: z.string(), service: z.string() });

/** How a secret may be used. Strict: terms with a word that this version does not know are none. */
export const termsShape = z.strictObject({
  processor: z.union([hmac, aws]).nullable(),
  budgets: z.array(
    z.strictObject({
      of: z.enum(["instance", "secret"]),
      limit: z.int().min(0),
      perCall: z.int().min(0),
      windowSeconds: z.int().min(1),
    }),
  ),
});

const content = z.object({
  manifest: z.string(),
  passKeys: z
    .array(z.object({ generation: z.int().min(0).max(255), pass: key, decoyPass: key, proof: key }))
    .min(1)
    .max(2),
  linkKeys: z
    .array(
      z.object({
        generation: z.int().min(0).max(255),
        link: key,
        linkSalt: key,
        decoyLink: key,
      }),
    )
    .min(1)
    .max(2),
  links: z.array(
    z.object({ api: name, to: z.array(z.object({ api: name, path: z.string() })), seconds: z.int().min(1) }),
  ),
  secrets: z.array(
    z.object({
      name,
      version: z.int().min(1),
      mode: z.enum(["brokered", "by-verdict"]),
      apps: z.array(name).nullable(),
      terms: z.unknown(),
      value: span.nullable(),
      canary: z.string().nullable(),
    }),
  ),
  watched: z.array(
    z.object({
      kind: z.enum(["decoy_secret_used", "canary_used"]),
      name,
      length: z.int().min(1),
      digest: z.string().length(43),
    }),
  ),
  decoys: z.boolean(),
  decoyAnswers: z.array(
    z.object({
      api: name,
      status: z.int().min(100).max(599),
      contentType: z.string(),
      body: z.string(),
      delayMs: z.number().min(0),
    }),
  ),
  allowPrivate: z.boolean(),
});

const ban = z
  .tuple([z.enum(["ban", "quarantine"]), z.enum(["instance", "subject"]), z.string().max(64), time.nullable()])
  .readonly();

/** The JSON of a state. */
export const stateShape = z.object({
  v: z.literal(1),
  serverTimeMs: time,
  origin: z.string().max(270).nullable(),
  project: z.object({ revision, content: content.nullable() }),
  bans: z.object({ revision, sequence: time, content: z.array(ban).nullable() }),
});
