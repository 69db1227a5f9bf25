import type { SecretAnswer } from "../answers.ts";
import type { Outcome } from "../define-command.ts";
import type { Paint } from "../paint.ts";
import { toFields } from "../table.ts";

/** The secret of this name; undefined where the project has none. */
export async function findSecret(
  client: { get(path: string): Promise<unknown> },
  path: (...parts: readonly string[]) => string,
  name: string,
): Promise<SecretAnswer | undefined> {
  const { secrets } = (await client.get(path("secrets"))) as { secrets: readonly SecretAnswer[] };
  return secrets.find((secret) => secret.name === name);
}

/** A secret as a command shows it, without its value. */
export function secretOutcome(paint: Paint, secret: SecretAnswer): Outcome {
  const budgets = secret.terms?.budgets ?? [];
  const text = toFields(paint, [
    ["name", secret.name],
    ["version", String(secret.version)],
    ["mode", secret.mode],
    ["placeholder", secret.placeholder],
    ["apps", secret.apps?.join(", ") ?? "every app"],
    ...secret.places.map(
      (place) =>
        [
          "place",
          `${place.api}: ${place.methods.join(", ")} ${place.path}, ${place.in} ${place.name}, ${place.when}`,
        ] as const,
    ),
    ...(secret.recipe === null
      ? []
      : [["recipe", `${secret.recipe.kind}, ${secret.recipe.perInstance ? "for each instance" : "for all"}`] as const]),
    ...(secret.terms?.processor ? [["processor", secret.terms.processor.kind] as const] : []),
    ...budgets.map(
      ({ of, limit, perCall, windowSeconds }) =>
        ["budget", `${limit} in ${windowSeconds} s for each ${of}, a call draws ${perCall}`] as const,
    ),
  ]);
  const isUnbounded = secret.mode === "by-verdict" && !budgets.some(({ of }) => of === "secret");
  return { json: secret, text: isUnbounded ? `${text}${unboundedText(paint, secret.name)}` : text };
}

const unboundedText = (paint: Paint, name: string): string =>
  `${paint("yellow", "warning")}: Restricted instances may use it, and whoever runs a script can enrol as a browser, as often as they like. Bound what all of\n` +
  `them draw together: a budget of \`secret\`, with \`countersign secret set-terms ${name} --terms FILE\`.\n`;
