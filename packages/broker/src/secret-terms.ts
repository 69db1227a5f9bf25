/** Bounds the use of a secret: at most `limit` in each window, of which every call draws `perCall`: calls, or what they cost. */
export interface UseBudget {
  /** Whose use is counted together: one instance's, or everybody's. */
  readonly of: "instance" | "secret";
  readonly limit: number;
  readonly perCall: number;
  readonly windowSeconds: number;
}

/** The secret is the key of an HMAC over the request; what goes into the place is the MAC. */
export interface HmacProcessor {
  readonly kind: "hmac";
  readonly algorithm: "sha1" | "sha256" | "sha384" | "sha512";
  /** How the secret's text gives the bytes of the key. */
  readonly key: "utf8" | "hex" | "base64";
  readonly encoding: "hex" | "base64" | "base64url";
  /** A template (`parseTemplate`) of what is authenticated. */
  readonly message: string;
  /** Templates of headers that are set before the message is made, such as a timestamp of its own. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The secret is keys of AWS (`parseAwsCredentials`), with which the whole request is signed; what goes into the place, the header `authorization`, is the signature. */
export interface AwsProcessor {
  readonly kind: "aws-sigv4";
  readonly region: string;
  readonly service: string;
}

/** What is made of a secret for one request, instead of its value. */
export type Processor = HmacProcessor | AwsProcessor;

/** Whether a processor reads the body itself, and not just its hash. */
export function needsBody(processor: Processor): boolean {
  if (processor.kind === "aws-sigv4") return false;
  return [processor.message, ...Object.values(processor.headers)].some((template) => template.includes("{body}"));
}

/** How a brokered secret may be used, as its operator declared it. */
export interface SecretTerms {
  /** Null: the value itself goes into the place. */
  readonly processor: Processor | null;
  readonly budgets: readonly UseBudget[];
}
