/** Why a recipe gave no value, each with what it means. Nothing of the secret or of an answer stands in it. */
export const recipeProblems = {
  recipe_root_invalid:
    "The secret's own value is not what the recipe needs: other keys, another algorithm, or a character its place does not take.",
  recipe_address_refused: "The endpoint resolves to an address that is not on the public Internet.",
  recipe_unreachable: "The endpoint could not be reached, did not prove itself, or did not answer in time.",
  recipe_refused: "The endpoint answered with another status than success. Redirects are not followed.",
  recipe_malformed:
    "The answer is not what the recipe says: too large, encoded, not strict, or without value, type or lifetime.",
  recipe_value_unfit:
    "The minted value does not fit the secret's places or processor, or holds the secret's own value.",
  recipe_too_short: "The minted value does not live as long as the session that it is for.",
  recipe_busy: "A budget of mints is used up, or as many are in work as may be.",
} as const satisfies Record<string, string>;

export type RecipeProblem = keyof typeof recipeProblems;
