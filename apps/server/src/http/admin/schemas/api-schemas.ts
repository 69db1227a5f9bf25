import { z } from "zod";
import { timeMs } from "./identifiers.ts";

const channel = z.enum(["pins", "roots", "both", "system"]);
const whenUnavailable = z.enum(["fail", "proceed"]);
const headers = z.array(z.string().max(128)).max(16);

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
  token: z
    .strictObject({ header: z.string().max(128), prefix: z.string().max(64).optional(), bind: headers.optional() })
    .nullable()
    .optional(),
  tokenSeconds: z.int().optional().describe("30 to 300; default 300."),
  whenUnavailable: whenUnavailable.optional().describe("Default `fail`."),
};

export const ApiReplacement = z.strictObject(input).meta({ id: "AdminApiReplacement" });

export const ApiInput = z.strictObject({ id: z.string().max(64), ...input }).meta({ id: "AdminNewApi" });

export const ApiAnswer = z
  .object({
    id: z.string(),
    host: z.string(),
    port: z.int(),
    channel,
    pins: z.array(z.string()),
    roots: z.array(z.string()),
    token: z.object({ header: z.string(), prefix: z.string(), bind: z.array(z.string()) }).nullable(),
    tokenSeconds: z.int(),
    whenUnavailable,
    createdAtMs: timeMs,
  })
  .meta({ id: "AdminApi" });

export const ApisAnswer = z.object({ apis: z.array(ApiAnswer) }).meta({ id: "AdminApis" });
