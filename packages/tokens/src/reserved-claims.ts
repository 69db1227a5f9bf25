/** Claims that a token has by its profile alone. An operator's claims never bear these names; `__proto__` is not safe in every parser. */
export const reservedClaims: readonly string[] = [
  "iss",
  "sub",
  "aud",
  "exp",
  "nbf",
  "iat",
  "jti",
  "cnf",
  "pay",
  "arc",
  "anno",
  "did",
  "ip",
  "use",
  "__proto__",
];
