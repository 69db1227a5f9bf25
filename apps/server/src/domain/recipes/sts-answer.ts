import { fromUtf8 } from "@countersign/protocol";

/** What stands between the tags of temporary keys, by the name of the member. */
export type StsCredentials = Readonly<
  Record<"AccessKeyId" | "SecretAccessKey" | "SessionToken" | "Expiration", string>
>;

const path = "AssumeRoleResponse/AssumeRoleResult/Credentials";
const members = ["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"] as const;
const maxElements = 64;
const maxDepth = 8;

/**
 * Reads the keys of an answer of `AssumeRole` (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html). Of XML it knows a declaration,
 * elements and text without a reference: no keys have one. Whatever else stands there (a document type, a comment, a section), a member twice or missing, or
 * elements that do not close as they open: null.
 */
export function readStsAnswer(answer: Uint8Array): StsCredentials | null {
  const text = fromUtf8(answer)?.replace(/^<\?xml version="1\.0"(?: encoding="(?:UTF-8|utf-8)")?\?>/, "");
  if (text === undefined) return null;
  const open: string[] = [];
  const found = new Map<string, string>();
  let elements = 0;
  let at = 0;
  while (at < text.length) {
    const token = /<(\/?)([A-Za-z]\w{0,63})((?:\s+[A-Za-z:]{1,32}="[^"<&]{0,256}")*)\s*>|([^<>&]+)/y;
    token.lastIndex = at;
    const match = token.exec(text);
    if (match === null) return null;
    at = token.lastIndex;
    const [, closes, name, attributes, content] = match;
    if (name === undefined) {
      if (!note(found, open, content ?? "")) return null;
    } else if (closes === "/") {
      if (open.pop() !== name || attributes !== "") return null;
    } else {
      elements += 1;
      if (elements > maxElements || open.length >= maxDepth || (open.length === 0 && elements > 1)) return null;
      open.push(name);
      if (members.some((member) => `${path}/${member}` === open.join("/")) && found.has(name)) return null;
    }
  }
  const [keyId, secret, token, expiration] = members.map((member) => found.get(member));
  if (open.length > 0 || keyId === undefined || secret === undefined || token === undefined) return null;
  if (expiration === undefined) return null;
  return { AccessKeyId: keyId, SecretAccessKey: secret, SessionToken: token, Expiration: expiration };
}

/** Keeps the text of a member; false where text stands outside of every element, or a member's is in pieces. */
function note(found: Map<string, string>, open: readonly string[], content: string): boolean {
  if (open.length === 0) return content.trim() === "";
  const member = members.find((each) => `${path}/${each}` === open.join("/"));
  if (member === undefined) return true;
  if (found.has(member)) return false;
  found.set(member, content.trim());
  return true;
}
