/** Ids of apps, APIs and secrets. */
export const idPattern = /^[a-z0-9-]{1,48}$/;

/** Names of detectors, signals and reasons. */
export const wordPattern = /^[a-z0-9_.-]{1,48}$/;

/** RFC 9110 §5.6.2 token: a method or a header name. */
export const tokenPattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;

/** True for an id of an app, an API or a secret: `[a-z0-9-]{1,48}`. */
export function isId(text: string): boolean {
  return idPattern.test(text);
}

/** True for the name of a secret: `[a-z0-9-]{1,48}`, so that a placeholder is URL-unreserved throughout. */
export function isSecretName(text: string): boolean {
  return idPattern.test(text);
}
