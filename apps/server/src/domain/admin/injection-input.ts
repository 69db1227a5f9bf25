import type { Injection, ProtectedApi, Secret } from "../ports/index.ts";
import { invalidInput } from "./admin-error.ts";
import { parseHeaderName, parsePrefix } from "./rules/header-name.ts";
import { accept } from "./rules/rule.ts";

/** A secret that a proxy is to have, as it is given. `prefix` stands before the value; default none. */
export interface InjectionInput {
  readonly header: string;
  readonly prefix?: string | undefined;
  readonly secret: string;
}

const MOST_INJECTIONS = 8;

/** Fields of the answer itself: a secret there would change what the answer says. */
const ofAnswers =
  /^(cache-control|content-.*|countersign-.*|date|location|retry-after|www-authenticate|x-content-type-options|x-forwarded-.*|x-original-.*)$/i;

/**
 * What a credential may be given, each header once. It must speak for one API: whoever holds it has the values for any genuine token of
 * what it speaks for.
 */
export function toInjections(
  input: readonly InjectionInput[],
  api: ProtectedApi | null,
  secrets: readonly Secret[],
): readonly Injection[] {
  if (input.length === 0) return [];
  if (api === null) throw invalidInput("/api", "Name the one API for whose requests secrets are given.");
  if (api.token === null) throw invalidInput("/api", "This API has no tokens, and secrets are given for tokens alone.");
  if (input.length > MOST_INJECTIONS) {
    throw invalidInput("/injections", `A credential is given at most ${MOST_INJECTIONS} secrets.`);
  }
  const taken = new Set([api.token.header, ...api.token.bind, "dpop"].map((name) => name.toLowerCase()));
  return input.map(({ header, prefix = "", secret }, at) => {
    const path = `/injections/${at}`;
    const name = accept(`${path}/header`, parseHeaderName(header));
    if (ofAnswers.test(name))
      throw invalidInput(`${path}/header`, "This header belongs to the answer; choose another.");
    if (taken.has(name.toLowerCase())) {
      throw invalidInput(`${path}/header`, "The token or its binding is in this header, or it is named twice.");
    }
    taken.add(name.toLowerCase());
    const held = secrets.find((each) => each.name === secret);
    if (held === undefined) throw invalidInput(`${path}/secret`, "There is no such secret in this project.");
    if (held.apps !== null) {
      throw invalidInput(`${path}/secret`, "This secret is for some apps alone, and a proxy cannot tell apps apart.");
    }
    if (held.terms?.processor != null) {
      throw invalidInput(`${path}/secret`, "A processor is to keep this value from everybody but the broker.");
    }
    if (held.recipe?.perInstance === true) {
      throw invalidInput(
        `${path}/secret`,
        "This secret's values are minted for each instance, and a proxy cannot tell instances apart.",
      );
    }
    return { header: name, prefix: accept(`${path}/prefix`, parsePrefix(prefix)), secret };
  });
}
