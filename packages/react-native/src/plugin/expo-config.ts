import { createRequire } from "node:module";
import { join } from "node:path";

/** The part of Expo's configuration (`ExpoConfig`) that the plugin reads. Expo's own types are not asked for, so that nobody installs Expo for them. */
export interface ExpoConfig {
  readonly name: string;
  readonly slug: string;
  /** Set by Expo before it asks a plugin (asserted by its own `withStaticPlugin`). */
  readonly _internal?: { readonly projectRoot?: unknown };
}

/** What a mod gets and gives back. */
export interface Modified<T> extends ExpoConfig {
  /** What is in the file so far. */
  readonly modResults: T;
  /** The configuration as the app's maker wrote it. */
  readonly modRawConfig: { readonly ios?: { readonly entitlements?: Readonly<Record<string, unknown>> } };
}

export type InfoPlist = Record<string, unknown>;

/** A parsed AndroidManifest.xml; only its owner's functions look into it. */
interface AndroidManifest {
  readonly manifest: object;
}

type With<T> = (config: ExpoConfig, action: (given: Modified<T>) => Modified<T>) => ExpoConfig;

/** The part of `expo/config-plugins` that the plugin calls (https://docs.expo.dev/config-plugins/plugins/). */
export interface ConfigPlugins {
  readonly withAndroidManifest: With<AndroidManifest>;
  readonly withInfoPlist: With<InfoPlist>;
  readonly withEntitlementsPlist: With<InfoPlist>;
  readonly AndroidConfig: {
    readonly Manifest: {
      getMainApplicationOrThrow(manifest: AndroidManifest): object;
      /** Puts the item in place of one of the same name. */
      addMetaDataItemToMainApplication(application: object, name: string, value: string): object;
      removeMetaDataItemFromMainApplication(application: object, name: string): object;
    };
  };
}

/**
 * The config plugins of the app's own Expo, whatever folder this package lies in: a second copy, such as a monorepo may hoist, would keep mods that the
 * first never runs.
 */
export function loadConfigPlugins(config: ExpoConfig): ConfigPlugins {
  const root = config._internal?.projectRoot;
  const app = createRequire(join(typeof root === "string" ? root : process.cwd(), "package.json"));
  return app("expo/config-plugins") as ConfigPlugins;
}
