import type { Injection, Vault } from "../ports/index.ts";
import type { ProjectContext } from "../project/project-context.ts";

/** A header for a proxy to set. The value is in the clear: it goes into one answer and nowhere else. */
export interface OpenInjection {
  readonly header: string;
  readonly value: string;
}

/** RFC 9110 §5.5 in ASCII: what every proxy hands on as it is. */
const fieldValue = /^[!-~](?:[ -~]*[!-~])?$/;

/** Whether a value, one character for each byte, fits a header by itself. */
export function fitsHeader(text: string): boolean {
  return fieldValue.test(text);
}

/**
 * Opens the secrets that a credential is given, as they are at this moment. `ok: false` names the first that cannot be given: it is gone, was
 * limited to some apps or to what a processor makes of it, or does not fit a header.
 */
export function openInjections(
  vault: Pick<Vault, "open">,
  { project, secrets }: ProjectContext,
  injections: readonly Injection[],
): { readonly ok: true; readonly opened: readonly OpenInjection[] } | { readonly ok: false; readonly secret: string } {
  const opened: OpenInjection[] = [];
  for (const { header, prefix, secret: name } of injections) {
    const secret = secrets.get(name);
    if (secret === undefined || secret.apps !== null || secret.terms?.processor != null)
      return { ok: false, secret: name };
    const bytes = vault.open(secret.value, ["secret", project.id, name, String(secret.version)]).reveal();
    const value = prefix + Buffer.from(bytes).toString("latin1");
    if (!fitsHeader(value)) return { ok: false, secret: name };
    opened.push({ header, value });
  }
  return { ok: true, opened };
}
