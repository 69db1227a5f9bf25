import { z } from "zod";
import { type RecipeProblem, recipeProblems } from "../../../domain/recipes/recipe-problems.ts";

const text = z.string().max(2048);
const url = z.string().max(2048).describe("`https` alone.");
const always = {
  perInstance: z.boolean().describe("Whether each instance gets a value of its own, or all share one."),
  lifetimeSeconds: z
    .int()
    .min(60)
    .max(86_400)
    .nullable()
    .describe("A minted value is used no longer; null: as long as its answer says."),
};

const awsSts = z.strictObject({
  kind: z.literal("aws-sts"),
  ...always,
  region: z.string().max(48),
  roleArn: text,
  durationSeconds: z.int().min(900).max(43_200),
  policy: text.nullable().describe("JSON text of a session policy, which narrows the role."),
  externalId: text.nullable(),
  endpoint: url.nullable().describe("`https://HOST[:PORT]`; null: STS of the region."),
});

const clientCredentials = z.strictObject({
  kind: z.literal("oauth-client-credentials"),
  ...always,
  tokenUrl: url,
  clientId: text,
  auth: z.enum(["client_secret_basic", "client_secret_post"]),
  scope: text.nullable(),
  audience: text.nullable(),
  resource: text.nullable(),
});

const jwtBearer = z.strictObject({
  kind: z.literal("oauth-jwt-bearer"),
  ...always,
  tokenUrl: url,
  issuer: text,
  subject: text.nullable(),
  audience: text.nullable().describe("null: the token URL."),
  scope: text.nullable(),
  alg: z.enum(["ES256", "RS256", "EdDSA"]),
  kid: text.nullable(),
});

const httpTemplate = z.strictObject({
  kind: z.literal("http-template"),
  ...always,
  method: z.enum(["GET", "POST", "PUT"]),
  url: url.describe("`https` alone; `{secret}`, `{secret_base64}`, `{instance}` in path and query."),
  headers: z.record(z.string().max(64), text),
  body: z.strictObject({ type: z.enum(["json", "form"]), text: z.string().max(8192) }).nullable(),
  value: text.describe("JSON pointer to the value in the answer."),
  expires: z
    .strictObject({ as: z.enum(["seconds", "instant"]), at: text.describe("JSON pointer.") })
    .nullable()
    .describe("Where the answer says how long the value lives; null: `lifetimeSeconds` does."),
});

export const Recipe = z
  .discriminatedUnion("kind", [awsSts, clientCredentials, jwtBearer, httpTemplate])
  .meta({ id: "AdminRecipe" });

const left = { perInstance: true, lifetimeSeconds: true } as const;

/** The same with what may be left out. */
export const GivenRecipe = z
  .discriminatedUnion("kind", [
    awsSts.partial({ ...left, durationSeconds: true, policy: true, externalId: true, endpoint: true }),
    clientCredentials.partial({ ...left, auth: true, scope: true, audience: true, resource: true }),
    jwtBearer.partial({ ...left, subject: true, audience: true, scope: true, kid: true }),
    httpTemplate.partial({ ...left, headers: true, body: true, expires: true }),
  ])
  .meta({ id: "AdminNewRecipe" });

export const RecipeInput = z
  .strictObject({
    recipe: GivenRecipe.nullable().describe("null: the secret's own value is used."),
    value: z
      .string()
      .max(8192)
      .optional()
      .describe(
        "A new value. Demanded where devices had the present one, or values were minted from it and it is to be used itself.",
      ),
  })
  .meta({ id: "AdminSecretRecipe" });

const reasons = Object.keys(recipeProblems) as [RecipeProblem, ...RecipeProblem[]];
const kind = z.enum(["aws-sts", "oauth-client-credentials", "oauth-jwt-bearer", "http-template"]);

export const MintTestAnswer = z
  .discriminatedUnion("ok", [
    z.object({
      ok: z.literal(true),
      kind,
      lifetimeSeconds: z.int(),
      fingerprint: z.string().describe("The first 16 hexadecimal digits of the value's SHA-256."),
    }),
    z.object({ ok: z.literal(false), kind, reason: z.enum(reasons) }),
  ])
  .meta({ id: "AdminMintTest" });
