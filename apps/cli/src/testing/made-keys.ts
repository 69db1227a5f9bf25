import { createHash } from "node:crypto";

const alphabets = {
  hex: "0123456789abcdef",
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  base32: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
  lower: "abcdefghijklmnopqrstuvwxyz0123456789",
  alnum: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
  letters: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
  digits: "0123456789",
} as const;

/** Characters drawn from a seed: keys that are of a vendor's form and nobody's. None stands in the sources, where it would look like a leak. */
export function draw(alphabet: keyof typeof alphabets, length: number, seed: string = alphabet): string {
  const letters = alphabets[alphabet];
  let text = "";
  for (let block = 0; text.length < length; block += 1) {
    for (const byte of createHash("sha256").update(`${seed}/${length}/${block}`).digest())
      if (byte < 256 - (256 % letters.length)) text += letters[byte % letters.length] ?? "";
  }
  return text.slice(0, length);
}

/** A JSON Web Token of these claims, signed by nobody. */
export function drawToken(claims: object, alg = "HS256"): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg, typ: "JWT" })}.${part(claims)}.${draw("alnum", 43)}`;
}

/** A PEM text whose body is random behind the first bytes of a PKCS #8 key. */
export function drawPrivateKey(label = "PRIVATE KEY", begin = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"): string {
  const body = begin + draw("alnum", 600, label);
  const lines = body.match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
