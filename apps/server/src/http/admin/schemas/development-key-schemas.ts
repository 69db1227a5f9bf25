import { z } from "zod";
import { timeMs } from "./identifiers.ts";

export const DevelopmentKeyInput = z
  .strictObject({
    name: z.string().min(1).max(64).describe("1 to 48 of `a-z`, `0-9`, `-`."),
    expiresInSeconds: z.int().describe("60 to 7776000 (90 days)."),
    quota: z.int().describe("Enrolments in all, 1 to 1000000."),
    perDay: z.int().optional().describe("Enrolments within a day. Default: as many as in all."),
  })
  .meta({ id: "AdminNewDevelopmentKey" });

const key = {
  id: z.string().describe("What names the key on the wire and in facts."),
  name: z.string(),
  quota: z.int(),
  perDay: z.int(),
  enrolled: z.int().describe("Enrolments it has bought."),
  createdAtMs: timeMs,
  expiresAtMs: timeMs,
  revokedAtMs: timeMs.nullable(),
};

export const DevelopmentKeyAnswer = z.object(key).meta({ id: "AdminDevelopmentKey" });

export const DevelopmentKeyCreated = z
  .object({ ...key, key: z.string().describe("`csd_` and 43 characters. Shown this once.") })
  .meta({ id: "AdminDevelopmentKeyWithText" });

export const DevelopmentKeysAnswer = z
  .object({ developmentKeys: z.array(DevelopmentKeyAnswer) })
  .meta({ id: "AdminDevelopmentKeys" });
