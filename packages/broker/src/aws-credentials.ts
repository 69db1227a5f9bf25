import { parseStrictJson } from "@countersign/protocol";

/** Keys of AWS, long-lived or temporary (then with a session token). */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const maxBytes = 4096;
const members: Readonly<Record<keyof AwsCredentials, RegExp>> = {
  accessKeyId: /^[\w.-]{3,128}$/,
  secretAccessKey: /^[!-~]{8,256}$/,
  sessionToken: /^[!-~]{1,3072}$/,
};

/** `{"accessKeyId", "secretAccessKey", "sessionToken"?}` and nothing else, in visible ASCII; null for any other text. */
export function parseAwsCredentials(text: string): AwsCredentials | null {
  const json = parseStrictJson(text, { maxBytes, maxDepth: 2 });
  if (!json.ok || typeof json.value !== "object" || json.value === null || Array.isArray(json.value)) return null;
  const given = json.value as Readonly<Record<string, unknown>>;
  const read = (name: keyof AwsCredentials): string | null => {
    const value = given[name];
    return typeof value === "string" && members[name].test(value) ? value : null;
  };
  const [accessKeyId, secretAccessKey, sessionToken] = [
    read("accessKeyId"),
    read("secretAccessKey"),
    read("sessionToken"),
  ];
  if (!Object.keys(given).every((name) => Object.hasOwn(members, name))) return null;
  if (accessKeyId === null || secretAccessKey === null) return null;
  if (sessionToken === null) return Object.hasOwn(given, "sessionToken") ? null : { accessKeyId, secretAccessKey };
  return { accessKeyId, secretAccessKey, sessionToken };
}
