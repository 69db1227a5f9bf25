const project = ["id", "name", "kind", "createdAtMs", "configuration", "settings", "manifest", "keyList"] as const;
const app = ["id", "createdAtMs", "ios", "android", "web", "releases"] as const;
const release = ["platform", "version", "status", "expiresAtMs", "createdAtMs"] as const;
const api = [
  "id",
  "host",
  "port",
  "channel",
  "pins",
  "roots",
  "token",
  "tokenSeconds",
  "whenUnavailable",
  "createdAtMs",
] as const;
const secret = ["name", "version", "mode", "placeholder", "places", "apps", "updatedAtMs"] as const;
const root = [
  "configuration",
  "rootPoint",
  "recoveryPoint",
  "keyList",
  "keyListVersion",
  "keyListByRecovery",
  "heldKeys",
] as const;

/**
 * What `--json` prints, by command: exactly these members, in this order, in one object on one line. docs/cli.md names the same, and a test holds the two
 * together. A member may be added in a later version; none is taken away or changes its meaning.
 */
export const jsonShapes = {
  serve: ["ready", "origin", "port", "bootstrapTokenFile"],
  login: ["url", "administrator", "file"],
  logout: ["loggedOut"],
  "admin bootstrap": ["token", "expiresAtMs"],
  "admin list": ["administrators"],
  "admin remove": ["removed"],
  "project create": project,
  "project list": ["projects"],
  "project show": project,
  "project set": project,
  "app add": app,
  "app list": ["apps"],
  "app show": app,
  "app remove": ["removed"],
  "release add": release,
  "release list": ["releases"],
  "release withdraw": release,
  "release remove": ["removed"],
  "api add": api,
  "api list": ["apis"],
  "api show": api,
  "api remove": ["removed"],
  "secret set": secret,
  "secret list": ["secrets"],
  "secret rotate": secret,
  "secret set-mode": secret,
  "secret remove": ["removed"],
  "vendor set": ["kind", "updatedAtMs"],
  "vendor list": ["vendors"],
  "vendor remove": ["removed"],
  "anchors add": ["anchors"],
  "oauth-client add": ["clientId", "apps"],
  "oauth-client list": ["clients"],
  "oauth-client remove": ["removed"],
  "arc show": ["arc", "atMs", "use", "verdict", "reasons", "checks", "app", "platform", "instance", "signals"],
  "instance show": [
    "instance",
    "app",
    "platform",
    "facts",
    "factsVersion",
    "evidenceAtMs",
    "serials",
    "batch",
    "counter",
    "createdAtMs",
    "lastSeenAtMs",
    "bans",
  ],
  "instance ban": ["instance", "known", "ban"],
  "instance unban": ["unbanned"],
  "keys backup": ["file", "files"],
  "keys restore": ["folder", "files"],
  "root export": root,
  "root recover": root,
  status: ["url", "version", "nowMs", "administrator", "productionOnly", "projects", "revocation", "warnings"],
  audit: ["records"],
  activity: ["month", "active", "verdicts"],
} as const satisfies Record<string, readonly string[]>;

export type CommandName = keyof typeof jsonShapes;
