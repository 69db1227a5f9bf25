import type { Passage, Sighting } from "../finding.ts";
import { toAdvice } from "./advice.ts";

const BODY = 16_384;
const begin = /-----BEGIN ((?:RSA |EC |DSA |OPENSSH |ENCRYPTED |PGP )?PRIVATE KEY(?: BLOCK)?)-----/g;

/** Private keys in PEM (RFC 7468) with a body; the heading alone stands in every library that reads keys. Line breaks may be escaped or joined, as source has them. */
export function* findPrivateKeys(passage: Passage): Generator<Sighting & { start: number; end: number }> {
  const { text } = passage;
  if (!text.includes("PRIVATE KEY")) return;
  for (const match of text.matchAll(begin)) {
    const [heading, label = ""] = match;
    const from = match.index + heading.length;
    const rest = text.slice(from, from + BODY);
    const stop = rest.indexOf("-----");
    const raw = stop < 0 ? rest : rest.slice(0, stop);
    const body = raw
      .replaceAll(/\\[nrt]|\\u000[ad]/gi, "")
      .replaceAll(/(?<![A-Za-z-])[A-Za-z-]{1,40}: [^\n]{1,80}\n/g, "")
      .replaceAll(/[^A-Za-z0-9+/=]/g, "");
    if (!isKeyBody(body, label)) continue;
    const isEncrypted = label.startsWith("ENCRYPTED") || raw.includes("Proc-Type");
    const severity = isEncrypted ? "suspicious" : "secret";
    const kind = isEncrypted ? "private key under a passphrase" : "private key";
    const advice = toAdvice({
      severity,
      kind,
      remove: true,
      text: "A private key that every user has proves nothing: withdraw it, and keep its successor on a server.",
    });

    yield {
      rule: "private-key",
      kind,
      severity,
      value: body,
      name: null,
      isUnguessable: true,
      details: label.toLowerCase(),
      advice,
      at: passage.positionOf(match.index),
      start: match.index,
      end: from + raw.length,
    };
  }
}

/** DER begins with a SEQUENCE, whose base64 begins with M; OpenSSH's form with its name, `openssh-key-v1`. A heading in a library is followed by neither. */
function isKeyBody(body: string, label: string): boolean {
  const first = body.slice(0, 60);
  const isMixed = /\d/.test(first) && /[a-z]/.test(first) && /[A-Z]/.test(first);
  const begins = label.startsWith("PGP") ? /^(?:lQ|x|l)/ : label.startsWith("OPENSSH") ? /^b3BlbnNzaC1rZXktdjE/ : /^M/;
  return body.length >= 60 && isMixed && begins.test(body);
}
