/** Which pages of a Capacitor app are its own: what both platforms' plugins say, line by line. */

interface Case {
  readonly name: string;
  /** What the plugin's test program reads, its words parted by tabs. */
  readonly asked: readonly string[];
  readonly said: string;
}

const packaged = "https://localhost";

/** `own`: scheme, host and `server.url` of the configuration (`-` for none), whether the build is debuggable. `page`: whose message, of which frame. */
export const androidCases: readonly Case[] = [
  {
    name: "is what Capacitor serves the package at",
    asked: ["own", "https", "localhost", "-", "false"],
    said: packaged,
  },
  {
    name: "may have a host of its own",
    asked: ["own", "https", "App.Example", "-", "false"],
    said: "https://app.example",
  },
  {
    name: "may be plain http of the device's own name",
    asked: ["own", "http", "localhost", "-", "false"],
    said: "http://localhost",
  },
  { name: "is nothing plain of another name", asked: ["own", "http", "app.example", "-", "false"], said: "null" },
  {
    name: "is nothing plain of a name that begins so",
    asked: ["own", "http", "localhost.example", "-", "false"],
    said: "null",
  },
  {
    name: "is nothing of a scheme whose origin is opaque",
    asked: ["own", "ionic", "localhost", "-", "false"],
    said: "null",
  },
  { name: "is nothing with a path for a host", asked: ["own", "https", "a b", "-", "false"], said: "null" },
  {
    name: "is no development server in a release",
    asked: ["own", "https", "localhost", "http://192.168.1.7:5173", "false"],
    said: "null",
  },
  {
    name: "is the development server in a debuggable build",
    asked: ["own", "https", "localhost", "http://192.168.1.7:5173/x?y", "true"],
    said: "http://192.168.1.7:5173",
  },
  {
    name: "leaves the scheme's own port out",
    asked: ["own", "https", "localhost", "https://dev.example:443/", "true"],
    said: "https://dev.example",
  },
  {
    name: "keeps another scheme's port",
    asked: ["own", "https", "localhost", "https://dev.example:80/", "true"],
    said: "https://dev.example:80",
  },
  {
    name: "is no address with a name before it",
    asked: ["own", "https", "localhost", "https://localhost@other.example", "true"],
    said: "null",
  },
  { name: "is no empty address", asked: ["own", "https", "localhost", "", "true"], said: "null" },
  { name: "answers its own main frame", asked: ["page", packaged, "true", packaged], said: "true" },
  { name: "refuses a frame of its own origin", asked: ["page", packaged, "false", packaged], said: "false" },
  {
    name: "refuses a frame of another origin",
    asked: ["page", "https://other.example", "false", packaged],
    said: "false",
  },
  { name: "refuses a sandboxed frame", asked: ["page", "null", "false", packaged], said: "false" },
  {
    name: "refuses a frame of another port",
    asked: ["page", "https://localhost:8443", "false", packaged],
    said: "false",
  },
  {
    name: "refuses a development server that is none of its own",
    asked: ["page", "https://192.168.1.7:5173", "true", packaged],
    said: "false",
  },
  { name: "refuses another origin", asked: ["page", "https://other.example", "true", packaged], said: "false" },
  { name: "refuses another scheme", asked: ["page", "http://localhost", "true", packaged], said: "false" },
  { name: "refuses another port", asked: ["page", "https://localhost:8443", "true", packaged], said: "false" },
  {
    name: "refuses a name that ends as its own",
    asked: ["page", "https://not.localhost", "true", packaged],
    said: "false",
  },
  { name: "refuses a sandboxed page", asked: ["page", "null", "true", packaged], said: "false" },
  { name: "refuses what has no origin", asked: ["page", "", "true", packaged], said: "false" },
  { name: "reads a call with its number", asked: ["call", '7 read {"name":"a b"}'], said: '7|read|{"name":"a b"}' },
  { name: "reads no call without its number", asked: ["call", "read {}"], said: "null" },
  { name: "reads no call with a word for a number", asked: ["call", "x read {}"], said: "null" },
  { name: "reads no call without an object", asked: ["call", "7 read"], said: "null" },
  { name: "reads no call with a number past all bounds", asked: ["call", `${"7".repeat(16)} read {}`], said: "null" },
];

/** `own`: where the bundle and the app are served, whether it is a debug build. `page`: scheme, host, port, frame, and the own three. */
export const iosCases: readonly Case[] = [
  {
    name: "is what Capacitor serves the bundle at",
    asked: ["own", "capacitor://localhost", "capacitor://localhost", "false"],
    said: "capacitor localhost 0",
  },
  {
    name: "may have a scheme and host of its own",
    asked: ["own", "Gallery://App.Example", "gallery://app.example", "false"],
    said: "gallery app.example 0",
  },
  {
    name: "is nothing that WebKit loads itself",
    asked: ["own", "https://localhost", "https://localhost", "false"],
    said: "nil",
  },
  { name: "is no file", asked: ["own", "file://localhost/x", "file://localhost/x", "true"], said: "nil" },
  {
    name: "is no development server in a release",
    asked: ["own", "capacitor://localhost", "http://192.168.1.7:5173", "false"],
    said: "nil",
  },
  {
    name: "is the development server in a debug build",
    asked: ["own", "capacitor://localhost", "http://192.168.1.7:5173/x", "true"],
    said: "http 192.168.1.7 5173",
  },
  {
    name: "leaves the scheme's own port out",
    asked: ["own", "capacitor://localhost", "https://dev.example:443/", "true"],
    said: "https dev.example 0",
  },
  { name: "is nothing without a host", asked: ["own", "capacitor:x", "capacitor:x", "true"], said: "nil" },
  {
    name: "answers its own main frame",
    asked: ["page", "capacitor", "localhost", "0", "true", "capacitor", "localhost", "0"],
    said: "true",
  },
  {
    name: "refuses a frame of its own origin",
    asked: ["page", "capacitor", "localhost", "0", "false", "capacitor", "localhost", "0"],
    said: "false",
  },
  {
    name: "refuses another host",
    asked: ["page", "capacitor", "other", "0", "true", "capacitor", "localhost", "0"],
    said: "false",
  },
  {
    name: "refuses another scheme",
    asked: ["page", "https", "localhost", "0", "true", "capacitor", "localhost", "0"],
    said: "false",
  },
  {
    name: "refuses another port",
    asked: ["page", "http", "dev.example", "8080", "true", "http", "dev.example", "5173"],
    said: "false",
  },
  {
    name: "refuses a sandboxed page",
    asked: ["page", "", "", "0", "true", "capacitor", "localhost", "0"],
    said: "false",
  },
  { name: "reads a call", asked: ["call", 'read {"name":"a b"}'], said: 'read|{"name":"a b"}' },
  { name: "reads no call without an object", asked: ["call", "read"], said: "nil" },
];
