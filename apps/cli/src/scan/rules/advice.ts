import type { Advice, Severity } from "../finding.ts";
import { isRandomLooking, isWordy } from "./randomness.ts";
import { type Vendor, vendors } from "./vendors.ts";

/** Where a request carried the value, as the scanned text shows it. */
export interface SeenPlace {
  readonly host: string;
  readonly path: string;
  readonly parameter: string;
}

interface Matter {
  readonly severity: Severity;
  readonly kind: string;
  readonly name?: string | null;
  readonly vendor?: Vendor | undefined;
  readonly seen?: SeenPlace | null;
  readonly remove?: true | undefined;
  readonly text?: string | undefined;
}

/**
 * What to do with a finding. Commands are made of our own tables, and of scanned text only where it has none but harmless characters: whoever made the app
 * that is scanned must not choose what is pasted into a shell.
 */
export function toAdvice(matter: Matter): Advice {
  const { severity, text } = matter;
  if (severity === "public-by-design") {
    return {
      action: "restrict",
      text: text ?? "Public by design. Restrict it at the vendor to this app and to what the app does.",
      commands: [],
    };
  }
  const commands = toCommands(matter);
  if (matter.remove === true) {
    return {
      action: "remove",
      text:
        text ??
        `Too powerful for any app: withdraw it at the vendor${commands.length > 0 ? ", and let the service hold a new one, brokered" : ""}.`,
      commands,
    };
  }
  if (severity === "suspicious") {
    return { action: "inspect", text: text ?? "Look what it opens. If it is a key, replace it as a secret.", commands };
  }
  return {
    action: "replace",
    text:
      text ??
      "Take it for known: get a new one at the vendor, give that to the service, and let the app carry its placeholder.",
    commands,
  };
}

function toCommands({ severity, vendor, seen, name, remove }: Matter): readonly string[] {
  const mode = remove === true ? " --mode brokered" : "";
  const place = seen === undefined || seen === null ? null : toSeenPlace(seen);
  const known = vendor === undefined ? place : (place ?? vendors[vendor]);
  if (known !== null) {
    return [
      `countersign api add ${known.name} --host ${known.host}`,
      `countersign secret set ${known.name}-key${mode} --place 'api=${known.name},${known.place}'`,
    ];
  }
  if (remove === true || severity === "suspicious") return [];
  return [`countersign secret set ${toSecretName(name ?? "")} --place 'api=ID,in=header,name=HEADER'`];
}

/** A place made of a URL that was found; null where any part has a character that a shell or a place could take amiss. */
function toSeenPlace({ host, path, parameter }: SeenPlace): { name: string; host: string; place: string } | null {
  const clean =
    /^[a-z0-9](?:[a-z0-9-]{0,62}\.){1,8}[a-z]{2,24}$/.test(host) && /^[A-Za-z0-9_.-]{1,64}$/.test(parameter);
  if (!clean) return null;
  const labels = host.split(".").filter((label) => !/^(?:www|api|com|org|net|gov|io|co|app|dev|ai)$/.test(label));
  const name = toSecretName(labels.at(-1) ?? host);
  const shown = /^\/[A-Za-z0-9._~/-]{1,200}$/.test(path) ? toPlainPath(path) : "";
  const at = shown === "" ? "" : `,path=${shown}`;
  return { name, host, place: `in=query,name=${parameter}${at}` };
}

/** A path up to the first part that is neither words nor a version: webhooks and bots have secrets there, and commands are shown whole. */
function toPlainPath(path: string): string {
  const parts = path.split("/").slice(1);
  const end = parts.findIndex(
    (part) => !/^(?:[a-z]{1,2}|v?\d{1,3}(?:\.\d{1,3}){0,2})$/i.test(part) && (!isWordy(part) || part.length > 32),
  );
  return (end < 0 ? parts : parts.slice(0, end)).map((part) => `/${part}`).join("");
}

/** A secret's name out of an identifier: `[a-z0-9-]{1,40}`. */
function toSecretName(identifier: string): string {
  const last = identifier.split(/[.$]/).at(-1) ?? "";
  const name = last
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 40)
    .replaceAll(/^-+|-+$/g, "");
  return name === "" || isRandomLooking(last) ? "app-key" : name;
}
