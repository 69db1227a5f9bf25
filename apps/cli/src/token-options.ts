import { parseStrictJson } from "@countersign/protocol";
import { CliFailure } from "./cli-failure.ts";
import { readInputFile } from "./read-input-file.ts";

/** What `api add` is told of an API's tokens. */
export interface TokenOptions {
  readonly tokenHeader?: string;
  readonly tokenPrefix?: string;
  readonly tokenBind?: readonly string[];
  readonly tokenProfile?: string;
  readonly tokenAlg?: string;
  readonly tokenKeys?: string;
  readonly proof?: string;
  readonly limitedUse?: true;
  readonly tokenArc?: true;
  readonly tokenAnnotations?: true;
  readonly customClaims?: true;
  readonly tokenClaim?: readonly string[];
  readonly encryptTo?: string;
  readonly firebaseProject?: string;
  readonly firebaseApp?: readonly string[];
}

/** The `token` member of the request; null where no option speaks of tokens. */
export function toTokenInput(options: TokenOptions): object | null {
  const { tokenHeader, tokenPrefix, tokenBind, tokenProfile, tokenAlg, tokenKeys, proof } = options;
  const claims = options.tokenClaim?.map(toClaim);
  const firebase = toFirebase(options);
  const token = {
    ...(tokenHeader !== undefined && { header: tokenHeader }),
    ...(tokenPrefix !== undefined && { prefix: tokenPrefix }),
    ...(tokenBind && { bind: tokenBind }),
    ...(tokenProfile !== undefined && { profile: tokenProfile }),
    ...(tokenAlg !== undefined && { alg: tokenAlg }),
    ...(tokenKeys !== undefined && { keys: tokenKeys }),
    ...(proof !== undefined && { proof }),
    ...(options.limitedUse && { limitedUse: true }),
    ...(options.tokenArc && { arc: true }),
    ...(options.tokenAnnotations && { annotations: true }),
    ...(options.customClaims && { customClaims: true }),
    ...(claims && { claims: Object.fromEntries(claims) }),
    ...(options.encryptTo !== undefined && { encryption: { key: readInputFile(options.encryptTo) } }),
    ...(firebase && { firebase }),
  };
  if (Object.keys(token).length === 0) return null;
  if (tokenHeader === undefined && (tokenProfile ?? "countersign") === "countersign") {
    throw new CliFailure(
      "token_header_missing",
      "A token needs --token-header, or a --token-profile with a header of its own.",
    );
  }
  return token;
}

/** `name=value`: a value that is JSON is taken as that, so that numbers, flags and lists can be given; anything else is text. */
function toClaim(text: string): readonly [string, unknown] {
  const [name, value] = splitAt(text, "--token-claim", "name=value");
  const json = parseStrictJson(value, { maxBytes: 4096 });
  return [name, json.ok ? json.value : value];
}

function toFirebase({ firebaseProject, firebaseApp = [] }: TokenOptions): object | null {
  if (firebaseProject === undefined && firebaseApp.length === 0) return null;
  const [projectNumber = "", projectId = ""] = firebaseProject?.split(":") ?? [];
  if (projectNumber === "" || projectId === "") {
    throw new CliFailure("firebase_project_malformed", "Name the Firebase project with --firebase-project NUMBER:ID.");
  }
  const apps = firebaseApp.map((each) => splitAt(each, "--firebase-app", "app=id"));
  return { projectNumber, projectId, ...(apps.length > 0 && { appIds: Object.fromEntries(apps) }) };
}

function splitAt(text: string, option: string, form: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new CliFailure("option_malformed", `${option} is ${form}.`);
  return [text.slice(0, at), text.slice(at + 1)];
}
