import { parseConfigurationString } from "@countersign/protocol";

/** What stands beside the plugin's name in `app.json`. All of it is public: it is written into the app. */
export interface CountersignPluginOptions {
  /** The project's configuration string, `cs1~…` or `csd1~…`. Default: the environment's `EXPO_PUBLIC_COUNTERSIGN`, which Expo reads from `.env` files. */
  readonly configuration?: string;
  /** True: this is a build that is shipped, whatever the environment says. */
  readonly release?: boolean;
  /** Which further detectors run (`furtherDetectors`), on the platforms that have them. What they see is of people as often as of attacks: none by default. */
  readonly detectors?: readonly string[];
  readonly android?: {
    /** SHA-256 of the certificates that may sign the app, hex, with or without colons: with Play App Signing the one that Play shows. */
    readonly signers?: readonly string[];
    /** Packages that may install the app, such as `com.android.vending`. */
    readonly installers?: readonly string[];
  };
  readonly ios?: {
    /** Team and bundle identifier that the app is signed under, `TEAMID1234.com.example.app`. */
    readonly appId?: string;
  };
}

/** The same after a look at each member. */
export interface PluginOptions {
  /** Null where neither the options nor the environment have one. */
  readonly configuration: { readonly text: string; readonly isDevelopment: boolean } | null;
  readonly isRelease: boolean;
  readonly detectors: readonly string[];
  /** Lower-case hex. */
  readonly signers: readonly string[];
  readonly installers: readonly string[];
  readonly appId: string | null;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Detectors that run only where an app names them: Android's; iOS has all of them but `accessibility` and `user_ca`. */
export const furtherDetectors: readonly string[] = [
  "accessibility",
  "automation",
  "cloner",
  "developer_mode",
  "proxy",
  "screen_capture",
  "user_ca",
];

const appIdentifier = /^[A-Z0-9]{10}\.[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*$/;
const packageName = /^[A-Za-z]\w*(?:\.[A-Za-z]\w*)+$/;

/** Misuse is told when the configuration is read, in words of who wrote it. */
export const misuse = (text: string): TypeError => new TypeError(`@countersign/react-native (config plugin): ${text}`);

function membersOf(given: unknown, what: string, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (given === undefined || given === null) return {};
  if (typeof given !== "object" || Array.isArray(given)) throw misuse(`${what} must be an object`);
  const stranger = Object.keys(given).find((name) => !known.includes(name));
  if (stranger !== undefined) throw misuse(`${what} knows no "${stranger}", only ${known.join(", ")}`);
  return given as Readonly<Record<string, unknown>>;
}

function listOf(given: unknown, what: string, read: (text: string) => string | null): readonly string[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) throw misuse(`${what} must be a list of texts`);
  return given.map((entry: unknown) => {
    const text = typeof entry === "string" ? read(entry) : null;
    if (text === null) throw misuse(`${what} holds ${JSON.stringify(entry)}, which is none`);
    return text;
  });
}

function digestOf(text: string): string | null {
  const hex = text.replaceAll(":", "").toLowerCase();
  return /^[0-9a-f]{64}$/.test(hex) ? hex : null;
}

function appIdOf(given: unknown): string | null {
  if (given === undefined) return null;
  if (typeof given === "string" && appIdentifier.test(given)) return given;
  throw misuse("`ios.appId` must be team and bundle identifier, such as A1B2C3D4E5.com.example.gallery");
}

function configurationOf(given: unknown, environment: Environment): PluginOptions["configuration"] {
  const text = given ?? environment.EXPO_PUBLIC_COUNTERSIGN ?? "";
  if (text === "") return null;
  const parsed = typeof text === "string" ? parseConfigurationString(text) : null;
  if (typeof text !== "string" || parsed?.ok !== true)
    throw misuse("`configuration` is no configuration string. `countersign project show` prints it: cs1~… or csd1~…");
  return { text, isDevelopment: parsed.value.kind === "development" };
}

/**
 * Reads the options, and whether the build is shipped: `release`, or `NODE_ENV=production`, under which Gradle and Xcode bundle a release and `expo export`
 * an update, or EAS Build's profile `production`.
 *
 * @throws TypeError on an option that is unknown or is not what it should be.
 */
export function readPluginOptions(given: unknown, environment: Environment): PluginOptions {
  const options = membersOf(given, "the options", ["configuration", "release", "detectors", "android", "ios"]);
  const android = membersOf(options.android, "`android`", ["signers", "installers"]);
  const ios = membersOf(options.ios, "`ios`", ["appId"]);
  const { release = false } = options;
  if (typeof release !== "boolean") throw misuse("`release` must be true or false");
  return {
    configuration: configurationOf(options.configuration, environment),
    isRelease: release || environment.NODE_ENV === "production" || environment.EAS_BUILD_PROFILE === "production",
    detectors: listOf(options.detectors, "`detectors`", (text) => (furtherDetectors.includes(text) ? text : null)),
    signers: listOf(android.signers, "`android.signers`", digestOf),
    installers: listOf(android.installers, "`android.installers`", (text) => (packageName.test(text) ? text : null)),
    appId: appIdOf(ios.appId),
  };
}
