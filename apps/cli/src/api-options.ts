import { type Command, Option } from "commander";
import { collect } from "./define-command.ts";
import { readInputFile, readJsonFile } from "./read-input-file.ts";
import { splitPems } from "./split-pems.ts";
import { toTokenInput } from "./token-options.ts";
import { wholeNumber } from "./whole-number.ts";

/** Options that declare a protected API, but its host. */
export interface ApiOptions {
  readonly port?: number;
  readonly channel?: string;
  readonly pin?: readonly string[];
  readonly root?: readonly string[];
  readonly tokenHeader?: string;
  readonly tokenPrefix?: string;
  readonly tokenBind?: readonly string[];
  readonly tokenSeconds?: number;
  readonly tokenProfile?: string;
  readonly tokenAlg?: string;
  readonly tokenKeys?: string;
  readonly proof?: string;
  readonly limitedUse?: true;
  readonly customClaims?: true;
  readonly tokenArc?: true;
  readonly tokenAnnotations?: true;
  readonly tokenClaim?: readonly string[];
  readonly encryptTo?: string;
  readonly firebaseProject?: string;
  readonly firebaseApp?: readonly string[];
  readonly whenUnavailable?: string;
  readonly decoyAnswer?: string;
}

/** Gives a command the options that declare a protected API, but its host. */
export function apiOptions(command: Command): Command {
  return command
    .option("--port <port>", "default 443", wholeNumber)
    .addOption(
      new Option(
        "--channel <channel>",
        "how the host proves itself; default by what is given: pins, roots, both, else system",
      ).choices(["pins", "roots", "both", "system"]),
    )
    .option("--pin <sha256>", "SHA-256 of a public key (SPKI), base64; two or more", collect)
    .option("--root <file>", "PEM file of a root certificate; may be given several times", collect)
    .option("--token-header <name>", "header for the API's token; default by profile, countersign has none")
    .option("--token-prefix <text>", "text before the token, such as `Bearer `")
    .option("--token-bind <header>", "header the token is bound to; may be given several times", collect)
    .option("--token-seconds <n>", "lifetime of a token, 30 to 300", wholeNumber)
    .addOption(
      new Option("--token-profile <profile>", "whose tokens its backends understand; default countersign").choices([
        "countersign",
        "approov",
        "firebase-app-check",
      ]),
    )
    .addOption(
      new Option("--token-alg <alg>", "what signs; default by profile: ES256, HS256, RS256").choices([
        "HS256",
        "ES256",
        "EdDSA",
        "RS256",
        "PS256",
      ]),
    )
    .addOption(
      new Option("--token-keys <whose>", "keys of its own, or shared by APIs of the project; default api").choices([
        "api",
        "project",
      ]),
    )
    .addOption(
      new Option("--proof <proof>", "what a caller proves beside the token; default none").choices([
        "none",
        "dpop",
        "httpsig",
      ]),
    )
    .option("--limited-use", "a token counts once; backends have the service consume it")
    .option("--token-arc", "tokens carry the ARC")
    .option("--token-annotations", "tokens name findings that did not refuse")
    .option("--custom-claims", "an app may put claims of its own into the member custom of a token")
    .option(
      "--token-claim <name=value>",
      "further claim; value as JSON, else text; may be given several times",
      collect,
    )
    .option("--encrypt-to <file>", "file of a public key, PEM or JWK, to encrypt tokens to")
    .option("--firebase-project <number:id>", "Firebase project whose backends take the tokens")
    .option("--firebase-app <app=id>", "Firebase app id of an app; may be given several times", collect)
    .addOption(
      new Option("--when-unavailable <rule>", "without a session: fail, or proceed without token").choices([
        "fail",
        "proceed",
      ]),
    )
    .option("--decoy-answer <file>", "what the broker answers decoys: JSON of status, contentType, body, delayMs");
}

/** The body of the admin API that the options stand for. */
export function toApiInput(host: string, options: ApiOptions): object {
  const roots = options.root?.flatMap((file) => splitPems(file, readInputFile(file)));
  const { port, pin, tokenSeconds, whenUnavailable } = options;
  const token = toTokenInput(options);
  return {
    host,
    channel: options.channel ?? channelOf(pin !== undefined, roots !== undefined),
    ...(port !== undefined && { port }),
    ...(pin && { pins: pin }),
    ...(roots && { roots }),
    ...(token && { token }),
    ...(tokenSeconds !== undefined && { tokenSeconds }),
    ...(whenUnavailable !== undefined && { whenUnavailable }),
    ...(options.decoyAnswer !== undefined && { decoyAnswer: readJsonFile(options.decoyAnswer) }),
  };
}

function channelOf(pins: boolean, roots: boolean): string {
  if (pins) return roots ? "both" : "pins";
  return roots ? "roots" : "system";
}
