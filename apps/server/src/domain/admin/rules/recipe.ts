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
  /^[ -~]{1,2048}$/.test(text) ? ruled(text) : refused("1 to 2048 characters of visible ASCII.");

const url = (text: string): Ruled<string> => {
  const strict = parseStrictUrl(text, []);
  return strict.ok && strict.url.text === text
    ? ruled(text)
    : refused("a URL of `https` with a lower-case host, without user, fragment, `.` and `..`.");
};

const endpoint = (text: string): Ruled<string> => {
  const strict = parseStrictUrl(text, []);
  return strict.ok && strict.url.text === `${text}/` ? ruled(text) : refused("`https://HOST` or `https://HOST:PORT`.");
};

const pointer = (text: string): Ruled<string> =>
  text.length <= 256 && /^(?:\/(?:[^~/]|~[01])*)+$/.test(text)
    ? ruled(text)
    : refused("a JSON pointer (RFC 6901), for example `/data/token`.");

const whole =
  (least: number, most: number) =>
  (value: number): Ruled<number> =>
    Number.isSafeInteger(value) && value >= least && value <= most
      ? ruled(value)
      : refused(`a whole number of seconds from ${least} to ${most}.`);

const region = (text: string): Ruled<string> =>
  /^[a-z0-9-]{1,48}$/.test(text) ? ruled(text) : refused("named as AWS names it, for example `eu-central-1`.");

const roleArn = (text: string): Ruled<string> =>
  /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/.test(text)
    ? ruled(text)
    : refused("the ARN of a role, for example `arn:aws:iam::123456789012:role/photos`.");

const policy = (text: string): Ruled<string> =>
  text.length <= 2048 && parseStrictJson(text, { maxBytes: 8192, maxDepth: 16 }).ok
    ? ruled(text)
    : refused("JSON text of at most 2048 characters.");

const externalId = (text: string): Ruled<string> =>
  /^[\w+=,.@:/-]{2,1224}$/.test(text) ? ruled(text) : refused("2 to 1224 of letters, digits and `+=,.@:/-_`.");

/** A member by its rule, which says of what it is not what it is to be. */
function must<T>(path: string, value: T, rule: (value: T) => Ruled<T>): T {
  const checked = rule(value);
  const name = path.replace("/recipe/", "").replaceAll("/", ".");
  return accept(path, checked.ok ? checked : refused(`\`${name}\` is to be ${checked.message}`));
}

const maybe = <T>(path: string, value: T | null | undefined, rule: (value: T) => Ruled<T>): T | null =>
  value === null || value === undefined ? null : must(path, value, rule);

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
    value: must(`${path}/value`, input.value, pointer),
    expires: expires === null ? null : { as: expires.as, at: must(`${path}/expires/at`, expires.at, pointer) },
  };
  if (method === "GET" && body !== null) accept(`${path}/body`, refused("A GET has no body."));
  const authority = /^https:\/\/[^/?#]*/.exec(input.url)?.[0] ?? "";
  if (authority === "" || /[{}]/.test(authority)) {
    accept(`${path}/url`, refused("`url` is a URL of `https` whose host has no field."));
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
        region: must(`${path}/region`, input.region, region),
        roleArn: must(`${path}/roleArn`, input.roleArn, roleArn),
        durationSeconds: must(`${path}/durationSeconds`, input.durationSeconds ?? 3600, whole(900, 43_200)),
        policy: maybe(`${path}/policy`, input.policy, policy),
        externalId: maybe(`${path}/externalId`, input.externalId, externalId),
        endpoint: maybe(`${path}/endpoint`, input.endpoint, endpoint),
      };
    case "oauth-client-credentials":
      return {
        ...always(path, input),
        kind: input.kind,
        tokenUrl: must(`${path}/tokenUrl`, input.tokenUrl, url),
        clientId: must(`${path}/clientId`, input.clientId, visible),
        auth: input.auth ?? "client_secret_basic",
        scope: maybe(`${path}/scope`, input.scope, visible),
        audience: maybe(`${path}/audience`, input.audience, visible),
        resource: maybe(`${path}/resource`, input.resource, visible),
      };
    case "oauth-jwt-bearer":
      return {
        ...always(path, input),
        kind: input.kind,
        tokenUrl: must(`${path}/tokenUrl`, input.tokenUrl, url),
        issuer: must(`${path}/issuer`, input.issuer, visible),
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
