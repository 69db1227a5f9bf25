import { type Reason, reasons } from "@countersign/protocol";
import { z } from "zod";
import { timeMs } from "./identifiers.ts";

const text = z.string();
const maybeText = z.string().nullable();
const reason = z.enum(Object.keys(reasons) as [Reason, ...Reason[]]);

const platform = z.enum(["ios", "android", "web"]);

const attested = z.discriminatedUnion("platform", [
  z.object({
    platform: z.literal("ios"),
    appId: text,
    environment: z.enum(["production", "development"]),
    osVersion: maybeText,
    bundleVersion: maybeText,
    validationCategory: z.number().nullable(),
  }),
  z.object({
    platform: z.literal("android"),
    packages: z.array(z.object({ name: text, version: z.number() })),
    signingDigests: z.array(text),
    securityLevel: z.enum(["software", "tee", "strongbox"]),
    provisioning: z.enum(["factory", "remote"]).nullable(),
    deviceLocked: z.boolean().nullable(),
    verifiedBootState: z.enum(["verified", "self_signed", "unverified", "failed"]).nullable(),
    verifiedBootKey: maybeText,
    osVersion: z.number().nullable(),
    osPatchLevel: z.number().nullable(),
  }),
  z.object({ platform: z.literal("web"), origin: maybeText }),
]);

const facts = z.union([z.object({ platform, development: z.object({ key: text }) }), attested]);

const ban = z.object({
  kind: z.enum(["ban", "quarantine"]),
  by: z.enum(["instance", "subject"]),
  reason: text,
  createdAtMs: timeMs,
  untilMs: timeMs.nullable(),
});

export const TraceAnswer = z
  .object({
    arc: text,
    atMs: timeMs,
    use: z.enum(["enrol", "session"]),
    verdict: z.enum(["trusted", "restricted", "refused"]),
    reasons: z.array(z.object({ reason, title: text, meaning: text, action: text })),
    checks: z.array(
      z.object({
        name: text,
        result: z.enum(["pass", "fail", "not_evaluated"]),
        reason,
        expected: maybeText,
        found: maybeText,
      }),
    ),
    app: text,
    platform: text,
    instance: text,
    signals: z.array(text),
    decoy: z.boolean().describe("Whether the refusal was answered with a decoy."),
  })
  .meta({ id: "AdminTrace" });

export const EarQuery = z.object({
  nonce: z.string().max(96).optional().describe("base64url of 8 to 64 bytes, given back as `eat_nonce`."),
});

const tier = z.enum(["none", "affirming", "warning", "contraindicated"]);

export const EarAnswer = z
  .object({
    ear: z.object({
      iss: text,
      eat_profile: text,
      iat: z.int(),
      ear_status: tier,
      ear_verifier_id: z.object({ developer: text, build: text }),
      eat_nonce: text.optional(),
      submods: z.record(
        text,
        z.object({
          ear_status: tier,
          ear_trustworthiness_vector: z.record(text, z.int()),
          ear_appraisal_policy_ids: z.array(text),
          ear_verifier_claims: z.object({ project: text, app: text, reasons: z.array(reason) }),
        }),
      ),
    }),
  })
  .meta({ id: "AdminEar" });

export const InstanceAnswer = z
  .object({
    instance: text,
    app: text,
    platform,
    facts,
    factsVersion: z.int(),
    evidenceAtMs: timeMs,
    serials: z.array(text),
    batch: maybeText,
    counter: z.int(),
    createdAtMs: timeMs,
    lastSeenAtMs: timeMs,
    developmentKey: maybeText.describe("Name of the development key it enrolled with; null where it brought evidence."),
    bans: z.array(ban),
  })
  .meta({ id: "AdminInstance" });

export const BanInput = z
  .strictObject({
    reason: z.string().max(512),
    by: z.enum(["instance", "subject"]).optional().describe("Default `instance`."),
    seconds: z.int().optional().describe("Default: until it is lifted."),
  })
  .meta({ id: "AdminNewBan" });

export const BanAnswer = z.object({ instance: text, known: z.boolean(), ban }).meta({ id: "AdminBan" });

export const UnbanQuery = z.strictObject({ by: z.enum(["instance", "subject"]).optional() });
