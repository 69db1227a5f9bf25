import { z } from "zod";
import { timeMs } from "./identifiers.ts";

export const BrokerInput = z
  .strictObject({
    name: z.string().min(1).max(64).describe("1 to 48 of `a-z`, `0-9`, `-`."),
    origin: z
      .string()
      .min(1)
      .max(512)
      .nullable()
      .optional()
      .describe("`https://HOST[:PORT]` where agents reach it. Left out: they are not sent there."),
  })
  .meta({ id: "AdminNewBroker" });

export const BrokerUseInput = z
  .strictObject({
    name: z.string().min(1).max(64).nullable().describe("The broker that agents are sent to; null: the service."),
  })
  .meta({ id: "AdminBrokerUse" });

const broker = {
  name: z.string(),
  origin: z.string().nullable(),
  inUse: z.boolean().describe("Whether agents are sent there."),
  createdAtMs: timeMs,
};

export const BrokerCreated = z
  .object({
    ...broker,
    credential: z
      .string()
      .describe("`csk_` and 43 characters, `~`, and the project's configuration string. Shown this once."),
  })
  .meta({ id: "AdminBrokerWithCredential" });

export const BrokersAnswer = z
  .object({ brokers: z.array(z.object(broker).meta({ id: "AdminBroker" })) })
  .meta({ id: "AdminBrokers" });
