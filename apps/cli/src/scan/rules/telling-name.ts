import { wordsOf } from "./randomness.ts";

/** What a name says of its value: `secret` plainly, `perhaps` where `key` or `token` may mean anything, `no` otherwise. */
export type Telling = "secret" | "perhaps" | "no";

const last = new Set([
  "key",
  "secret",
  "token",
  "password",
  "passwd",
  "pwd",
  "passphrase",
  "credential",
  "credentials",
  "apikey",
  "secretkey",
  "accesskey",
  "authkey",
  "appkey",
  "bearer",
  "authorization",
]);
const plain = new Set(["secret", "password", "passwd", "passphrase", "apikey", "secretkey", "authkey", "appkey"]);

const qualifiers =
  /^(?:api|secret|access|private|auth|app|application|client|consumer|encryption|encrypt|signing|signature|subscription|license|master|service|server|admin|shared|hmac|aes|bearer|refresh|bot|webhook|deploy|personal|security|session|id|oauth|jwt|account|write|developer|dev|partner|merchant|live|prod|production|sdk|rest)$/;

const publicWords =
  /^(?:public|publishable|pub|site|placeholder|example|pinned|pin|fingerprint|verify|verification|cache|storage|partition|primary|foreign|sort|query|react|route|row|col|column|map|object|field|translation|i18n|locale|lang|message|hash|csrf|xsrf|next|page|cancel|cancellation|syntax|punctuation|css|design|theme|color|keyboard|hot|short|shortcut|modifier|arrow|press|up|down)$/;

/**
 * Reads a name as its words. `secret` ends it; or `key`, `token`, `password` do, with a word before that says whose. Words of public things (`publicKey`, `cacheKey`,
 * `csrfToken`) and of other uses end the matter. Of a dotted name the last part counts, where it is more than one word.
 */
export function readTellingName(name: string): Telling {
  const member = wordsOf(name.split(".").at(-1) ?? "");
  const words = (member.length > 1 ? member : wordsOf(name)).map((word) => word.toLowerCase());
  while (
    words.length > 1 &&
    /^(?:\d{1,2}|value|val|string|str|default|base64|b64|hex|raw|header|v\d)$/.test(words.at(-1) ?? "")
  )
    words.pop();
  const end = words.at(-1)?.replace(/\d+$/, "") ?? "";
  const joined = words.slice(-2).join("");
  if (!last.has(end) && !last.has(joined) && !/^(?:appid|applicationkey|api_?key)$/.test(joined)) return "no";
  const before = words.slice(0, -1);
  if (before.some((word) => publicWords.test(word))) return "no";
  if (plain.has(end) || plain.has(joined)) return "secret";
  if (joined === "appid") return "perhaps";
  return qualifiers.test(before.at(-1) ?? "") || end === "pwd" || end === "authorization" ? "secret" : "perhaps";
}

/** A name that ends in one of the words an app's keys go by; found first, read fully by `readTellingName`. */
export const tellingWord =
  /(?:key|secret|token|password|passwd|pwd|passphrase|credentials?|bearer|authorization|appid)/gi;
