import { limits, parseStrictJson, parseStrictUrl } from "@countersign/protocol";
import type {
  AwsStsRecipe,
  ClientCredentialsRecipe,
  HttpTemplateRecipe,
  JwtBearerRecipe,
  Recipe,
} from "../../ports/index.ts";
import { fillRequest } from "../../recipes/http-template.ts";
import { secretPartsOf } from "../../recipes/root-fits.ts";
import { parseHeaderName } from "./header-name.ts";
import type { Ruled } from "./rule.ts";
import { accept, refused, ruled } from "./rule.ts";

/** What may be left out of a recipe: what is null where it is not given, and these defaults. */
type Given<R, Must extends keyof R> = Pick<R, Must> & { readonly [K in Exclude<keyof R, Must>]?: R[K] | undefined };

export type RecipeInput =
  | Given<AwsStsRecipe, "kind" | "region" | "roleArn">
  | Given<ClientCredentialsRecipe, "kind" | "tokenUrl" | "clientId">
  | Given<JwtBearerRecipe, "kind" | "tokenUrl" | "issuer" | "alg">
  | Given<HttpTemplateRecipe, "kind" | "method" | "url" | "value">;

const DAY_SECONDS = 86_400;
const MOST_HEADERS = 16;

/** The connection's own, and what says of the body what the recipe says. */
const ofTheCall =
  /^(?:host|connection|content-length|content-type|accept|accept-encoding|transfer-encoding|te|trailer|upgrade|expect|proxy-.*)$/i;

const visible = (text: string): Ruled<string> =>
  /^[ -~]{1,2048}$/.test(text) ? ruled(text) : refused("This is 1 to 2048 characters of visible ASCII.");

const url = (text: string): Ruled<string> => {
  const strict = parseStrictUrl(text, []);
  return strict.ok && strict.url.text === text
    ? ruled(text)
    : refused("This is a URL of `https` with a lower-case host, without user, fragment, `.` and `..`.");
};

const endpoint = (text: string): Ruled<string> => {
  const strict = parseStrictUrl(text, []);
  return strict.ok && strict.url.text === `${text}/`
    ? ruled(text)
    : refused("This is `https://HOST` or `https://HOST:PORT`.");
};

const pointer = (text: string): Ruled<string> =>
  text.length <= 256 && /^(?:\/(?:[^~/]|~[01])*)+$/.test(text)
    ? ruled(text)
    : refused("This is a JSON pointer (RFC 6901), for example `/data/token`.");

const whole =
  (least: number, most: number) =>
  (value: number): Ruled<number> =>
    Number.isSafeInteger(value) && value >= least && value <= most
      ? ruled(value)
      : refused(`This is a whole number of seconds from ${least} to ${most}.`);

const region = (text: string): Ruled<string> =>
  /^[a-z0-9-]{1,48}$/.test(text)
    ? ruled(text)
    : refused("A region is named as AWS names it, for example `eu-central-1`.");

const roleArn = (text: string): Ruled<string> =>
  /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/.test(text)
    ? ruled(text)
    : refused("This is the ARN of a role, for example `arn:aws:iam::123456789012:role/photos`.");

const policy = (text: string): Ruled<string> =>
  text.length <= 2048 && parseStrictJson(text, { maxBytes: 8192, maxDepth: 16 }).ok
    ? ruled(text)
    : refused("A session policy is JSON text of at most 2048 characters.");

const externalId = (text: string): Ruled<string> =>
  /^[\w+=,.@:/-]{2,1224}$/.test(text)
    ? ruled(text)
    : refused("An external id is 2 to 1224 of letters, digits and `+=,.@:/-_`.");

function maybe<T>(path: string, value: T | null | undefined, rule: (value: T) => Ruled<T>): T | null {
  return value === null || value === undefined ? null : accept(path, rule(value));
}

function acceptTemplate(path: string, input: RecipeInput & { readonly kind: "http-template" }): HttpTemplateRecipe {
  const { kind, method, headers = {}, body = null, expires = null } = input;
  const names = Object.keys(headers);
  if (names.length > MOST_HEADERS || new Set(names.map((name) => name.toLowerCase())).size !== names.length)
    accept(`${path}/headers`, refused(`Set at most ${MOST_HEADERS} headers, each once.`));
  for (const name of names) {
    accept(`${path}/headers`, parseHeaderName(name));
    if (ofTheCall.test(name)) accept(`${path}/headers`, refused("This header is the call's own; leave it out."));
  }
  const recipe: HttpTemplateRecipe = {
    ...always(path, input),
    kind,
    method,
    url: input.url,
    headers,
    body,
    value: accept(`${path}/value`, pointer(input.value)),
    expires: expires === null ? null : { as: expires.as, at: accept(`${path}/expires/at`, pointer(expires.at)) },
  };
  if (method === "GET" && body !== null) accept(`${path}/body`, refused("A GET has no body."));
  const authority = /^https:\/\/[^/?#]*/.exec(input.url)?.[0] ?? "";
  if (authority === "" || /[{}]/.test(authority)) {
    accept(`${path}/url`, refused("This is a URL of `https` whose host has no field."));
  }
  if (fillRequest(recipe, { secret: "secret", instance: "instance" }) === null) {
    accept(
      path,
      refused(
        "Templates know {secret}, {secret_base64} and {instance}; a JSON body is JSON when they are filled, a URL strict, a header visible ASCII.",
      ),
    );
  }
  if (expires === null && recipe.lifetimeSeconds === null) {
    accept(`${path}/expires`, refused("Say where the answer says how long a value lives, or give `lifetimeSeconds`."));
  }
  return recipe;
}

function always(
  path: string,
  { perInstance = true, lifetimeSeconds }: RecipeInput,
): Pick<Recipe, "perInstance" | "lifetimeSeconds"> {
  return {
    perInstance,
    lifetimeSeconds: maybe(`${path}/lifetimeSeconds`, lifetimeSeconds, whole(60, DAY_SECONDS)),
  };
}

/** A recipe that can be followed, all its members there, or `invalid_input` for the member at fault. */
export function acceptRecipe(path: string, input: RecipeInput): Recipe {
  switch (input.kind) {
    case "aws-sts":
      return {
        ...always(path, input),
        kind: input.kind,
        region: accept(`${path}/region`, region(input.region)),
        roleArn: accept(`${path}/roleArn`, roleArn(input.roleArn)),
        durationSeconds: accept(`${path}/durationSeconds`, whole(900, 43_200)(input.durationSeconds ?? 3600)),
        policy: maybe(`${path}/policy`, input.policy, policy),
        externalId: maybe(`${path}/externalId`, input.externalId, externalId),
        endpoint: maybe(`${path}/endpoint`, input.endpoint, endpoint),
      };
    case "oauth-client-credentials":
      return {
        ...always(path, input),
        kind: input.kind,
        tokenUrl: accept(`${path}/tokenUrl`, url(input.tokenUrl)),
        clientId: accept(`${path}/clientId`, visible(input.clientId)),
        auth: input.auth ?? "client_secret_basic",
        scope: maybe(`${path}/scope`, input.scope, visible),
        audience: maybe(`${path}/audience`, input.audience, visible),
        resource: maybe(`${path}/resource`, input.resource, visible),
      };
    case "oauth-jwt-bearer":
      return {
        ...always(path, input),
        kind: input.kind,
        tokenUrl: accept(`${path}/tokenUrl`, url(input.tokenUrl)),
        issuer: accept(`${path}/issuer`, visible(input.issuer)),
        subject: maybe(`${path}/subject`, input.subject, visible),
        audience: maybe(`${path}/audience`, input.audience, visible),
        scope: maybe(`${path}/scope`, input.scope, visible),
        alg: input.alg,
        kid: maybe(`${path}/kid`, input.kid, visible),
      };
    case "http-template":
      return acceptTemplate(path, input);
  }
}

const roots: Readonly<Record<Recipe["kind"], string>> = {
  "aws-sts": 'The value is keys of AWS: {"accessKeyId": "…", "secretAccessKey": "…"} on one line.',
  "oauth-client-credentials": "The value is the client secret.",
  "oauth-jwt-bearer":
    "The value is a private key, PEM (PKCS #8) or JWK, for this algorithm: P-256 for ES256, RSA of 2048 bits or more for RS256, Ed25519 for EdDSA.",
  "http-template": "The value does not fit the recipe's templates: a header takes visible ASCII alone.",
};

/** What values are minted from: 1 to 4096 bytes of UTF-8 that the recipe can use. It goes into no place. */
export function parseRootValue(text: string, recipe: Recipe): Ruled<Uint8Array> {
  const bytes = Buffer.from(text, "utf8");
  if (!text.isWellFormed() || bytes.length < 1 || bytes.length > limits.secretValueBytes) {
    return refused(`A value has 1 to ${limits.secretValueBytes} bytes of UTF-8 text.`);
  }
  return secretPartsOf(recipe, text) === null ? refused(roots[recipe.kind]) : ruled(bytes);
}
