import { parseAwsCredentials, signAws } from "@countersign/broker";
import type { AwsStsRecipe } from "../ports/index.ts";
import { type RecipeKind, untilInstant } from "./minting.ts";
import { readStsAnswer } from "./sts-answer.ts";

/** `AssumeRole` of AWS STS, in a session named by the pseudonym: CloudTrail tells instances apart, and nobody who reads it can tell which they are. */
export const awsSts: RecipeKind<AwsStsRecipe> = {
  async ask(recipe, { root, pseudonym, nowMs }) {
    const credentials = parseAwsCredentials(root);
    if (credentials === null) return null;
    const endpoint = recipe.endpoint ?? `https://sts.${recipe.region}.amazonaws.com`;
    const form = new URLSearchParams({
      Action: "AssumeRole",
      Version: "2011-06-15",
      RoleArn: recipe.roleArn,
      RoleSessionName: `cs-${pseudonym}`,
      DurationSeconds: String(recipe.durationSeconds),
    });
    if (recipe.policy !== null) form.set("Policy", recipe.policy);
    if (recipe.externalId !== null) form.set("ExternalId", recipe.externalId);
    const body = form.toString();
    const headers = [["content-type", "application/x-www-form-urlencoded; charset=utf-8"]] as const;
    const host = endpoint.slice("https://".length);
    const request = { method: "POST", host, path: "/", query: "", headers, body: Buffer.from(body) } as const;
    const signed = await signAws({ region: recipe.region, service: "sts" }, credentials, request, nowMs);
    if (signed === null) return null;
    const authorized = [...signed.headers, ["authorization", signed.authorization] as const];
    return { method: "POST", url: `${endpoint}/`, headers: authorized, body };
  },
  read(_recipe, answer, nowMs) {
    const read = readStsAnswer(answer);
    if (read === null) return null;
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = read;
    const value = JSON.stringify({ accessKeyId, secretAccessKey, sessionToken });
    const lifetimeMs = untilInstant(read.Expiration, nowMs);
    return lifetimeMs === null || parseAwsCredentials(value) === null ? null : { value, lifetimeMs };
  },
};
