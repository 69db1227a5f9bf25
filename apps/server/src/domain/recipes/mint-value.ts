import { containsValue } from "@countersign/protocol";
import type { CallOut, OutboundAnswer, OutboundRequest, Recipe } from "../ports/index.ts";
import { awsSts } from "./aws-sts.ts";
import { clientCredentials } from "./client-credentials.ts";
import { httpTemplate } from "./http-template.ts";
import { jwtBearer } from "./jwt-bearer.ts";
import type { Granted, Minting } from "./minting.ts";
import type { RecipeProblem } from "./recipe-problems.ts";
import { secretPartsOf } from "./root-fits.ts";

export interface MintOrder extends Minting {
  readonly recipe: Recipe;
  readonly allowPrivate: boolean;
  readonly abort: AbortSignal;
  /** Whether a value can go where the secret's values go. */
  readonly fits: (value: string) => boolean;
}

export type Minted =
  | { readonly ok: true; readonly value: string; readonly lifetimeMs: number }
  | { readonly ok: false; readonly problem: RecipeProblem };

const failed = (problem: RecipeProblem): Minted => ({ ok: false, problem });

/** A value lives no longer than this, whatever a vendor says. */
const longestLifetimeMs = 86_400_000;

function ask(recipe: Recipe, minting: Minting): Promise<OutboundRequest | null> | OutboundRequest | null {
  switch (recipe.kind) {
    case "aws-sts":
      return awsSts.ask(recipe, minting);
    case "oauth-client-credentials":
      return clientCredentials.ask(recipe, minting);
    case "oauth-jwt-bearer":
      return jwtBearer.ask(recipe, minting);
    case "http-template":
      return httpTemplate.ask(recipe, minting);
  }
}

function read(recipe: Recipe, answer: Uint8Array, nowMs: number): Granted | null {
  switch (recipe.kind) {
    case "aws-sts":
      return awsSts.read(recipe, answer, nowMs);
    case "oauth-client-credentials":
      return clientCredentials.read(recipe, answer, nowMs);
    case "oauth-jwt-bearer":
      return jwtBearer.read(recipe, answer, nowMs);
    case "http-template":
      return httpTemplate.read(recipe, answer, nowMs);
  }
}

/**
 * Follows a recipe once. The lifetime counts from before the endpoint was asked. Never rejects, and no problem tells anything of the secret or
 * of an answer.
 */
export async function mintValue(callOut: CallOut, order: MintOrder): Promise<Minted> {
  const { recipe, root, allowPrivate, abort } = order;
  const parts = secretPartsOf(recipe, root);
  const request = parts === null ? null : await ask(recipe, order);
  if (parts === null || request === null) return failed("recipe_root_invalid");
  const answer: OutboundAnswer = await callOut(request, { allowPrivate, abort });
  if (!answer.ok) {
    if (answer.failure === "unreadable") return failed("recipe_malformed");
    return failed(answer.failure === "address_refused" ? "recipe_address_refused" : "recipe_unreachable");
  }
  if (answer.status !== 200 && answer.status !== 201) return failed("recipe_refused");
  const granted = read(recipe, answer.body, order.nowMs);
  const most = recipe.lifetimeSeconds === null ? longestLifetimeMs : recipe.lifetimeSeconds * 1000;
  if (granted === null || (granted.lifetimeMs === null && recipe.lifetimeSeconds === null)) {
    return failed("recipe_malformed");
  }
  if (!order.fits(granted.value) || parts.some((part) => containsValue(granted.value, part))) {
    return failed("recipe_value_unfit");
  }
  return { ok: true, value: granted.value, lifetimeMs: Math.min(granted.lifetimeMs ?? most, most, longestLifetimeMs) };
}
