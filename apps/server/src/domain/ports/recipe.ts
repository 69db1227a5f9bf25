interface AnyRecipe {
  /** Whether each instance gets a value of its own, or all share one. */
  readonly perInstance: boolean;
  /** Minted values are used no longer, however long they live; null: as long as they live. */
  readonly lifetimeSeconds: number | null;
}

/** AWS STS `AssumeRole`. The secret's value: keys of AWS that may assume the role. What is minted: temporary keys, as the same JSON. */
export interface AwsStsRecipe extends AnyRecipe {
  readonly kind: "aws-sts";
  readonly region: string;
  readonly roleArn: string;
  /** 900 to 43,200. */
  readonly durationSeconds: number;
  /** JSON text of a session policy, which narrows the role. */
  readonly policy: string | null;
  readonly externalId: string | null;
  /** `https://HOST[:PORT]`; null: STS of the region. */
  readonly endpoint: string | null;
}

/** The client credentials grant (RFC 6749 §4.4). The secret's value: the client secret. What is minted: an access token. */
export interface ClientCredentialsRecipe extends AnyRecipe {
  readonly kind: "oauth-client-credentials";
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly auth: "client_secret_basic" | "client_secret_post";
  readonly scope: string | null;
  readonly audience: string | null;
  /** RFC 8707. */
  readonly resource: string | null;
}

/** The JWT bearer grant (RFC 7523 §2.1). The secret's value: a private key, PEM (PKCS #8) or JWK. What is minted: an access token. */
export interface JwtBearerRecipe extends AnyRecipe {
  readonly kind: "oauth-jwt-bearer";
  readonly tokenUrl: string;
  readonly issuer: string;
  readonly subject: string | null;
  /** Null: the token URL. */
  readonly audience: string | null;
  readonly scope: string | null;
  readonly alg: "ES256" | "RS256" | "EdDSA";
  readonly kid: string | null;
}

/** Any HTTP call whose JSON answer holds the value. Templates know `{secret}`, `{secret_base64}` and `{instance}`. */
export interface HttpTemplateRecipe extends AnyRecipe {
  readonly kind: "http-template";
  readonly method: "GET" | "POST" | "PUT";
  /** Fields stand in path and query, and are percent-encoded. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly type: "json" | "form"; readonly text: string } | null;
  /** JSON pointer to the value, a text. */
  readonly value: string;
  /** JSON pointer to whole seconds, or to an instant of RFC 3339; null: `lifetimeSeconds` says how long a value lives. */
  readonly expires: { readonly as: "seconds" | "instant"; readonly at: string } | null;
}

/** How short-lived values of a secret are made from its own value, which then never leaves the service. */
export type Recipe = AwsStsRecipe | ClientCredentialsRecipe | JwtBearerRecipe | HttpTemplateRecipe;
