import { z } from "zod";

const clientId = z
  .string()
  .max(512)
  .describe("1 to 256 printable ASCII characters, as the authorization server has it.");

export const OauthClientInput = z
  .strictObject({
    clientId,
    apps: z
      .array(z.string().max(64))
      .max(128)
      .nullable()
      .optional()
      .describe("Apps whose instances may be attested as this client. Default: every app of the project."),
  })
  .meta({ id: "AdminNewOauthClient" });

export const OauthClientQuery = z.strictObject({ clientId });

export const OauthClientAnswer = z
  .object({ clientId: z.string(), apps: z.array(z.string()).nullable() })
  .meta({ id: "AdminOauthClient" });

export const OauthClientsAnswer = z.object({ clients: z.array(OauthClientAnswer) }).meta({ id: "AdminOauthClients" });
