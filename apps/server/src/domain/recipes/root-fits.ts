import { parseAwsCredentials } from "@countersign/broker";
import type { Recipe } from "../ports/index.ts";
import { parseAssertionKey } from "./assertion-key.ts";
import { fillRequest } from "./http-template.ts";

/** What a recipe makes its values from. Null: this text is not it; else what of it must never be in a minted value. */
export function secretPartsOf(recipe: Recipe, root: string): readonly string[] | null {
  if (recipe.kind === "aws-sts") {
    const credentials = parseAwsCredentials(root);
    return credentials === null ? null : [credentials.secretAccessKey];
  }
  if (recipe.kind === "oauth-jwt-bearer") return parseAssertionKey(root, recipe.alg) === null ? null : [root];
  if (recipe.kind === "http-template" && fillRequest(recipe, { secret: root, instance: "instance" }) === null)
    return null;
  return root === "" ? null : [root];
}
