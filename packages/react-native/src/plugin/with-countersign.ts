import { type ConfigPlugins, type ExpoConfig, loadConfigPlugins } from "./expo-config.ts";
import { type CountersignPluginOptions, misuse, type PluginOptions, readPluginOptions } from "./plugin-options.ts";

const appAttestEnvironment = "com.apple.developer.devicecheck.appattest-environment";

function configurationOf({ configuration }: PluginOptions): string {
  if (configuration !== null) return configuration.text;
  throw misuse(
    "the native projects need the project's configuration string. Put EXPO_PUBLIC_COUNTERSIGN=cs1~… into .env, or `configuration` beside the plugin in app.json.",
  );
}

function withAndroid(config: ExpoConfig, options: PluginOptions, expo: ConfigPlugins): ExpoConfig {
  const { Manifest } = expo.AndroidConfig;
  return expo.withAndroidManifest(config, (given) => {
    const application = Manifest.getMainApplicationOrThrow(given.modResults);
    const entries = {
      "dev.countersign.CONFIGURATION": configurationOf(options),
      "dev.countersign.SIGNERS": options.signers.join(","),
      "dev.countersign.INSTALLERS": options.installers.join(","),
      "dev.countersign.DETECTORS": options.detectors.join(","),
    };
    for (const [name, value] of Object.entries(entries)) {
      if (value === "") Manifest.removeMetaDataItemFromMainApplication(application, name);
      else Manifest.addMetaDataItemToMainApplication(application, name, value);
    }
    return given;
  });
}

function withIos(config: ExpoConfig, options: PluginOptions, expo: ConfigPlugins): ExpoConfig {
  const described = expo.withInfoPlist(config, (given) => {
    const entries = {
      CountersignConfiguration: configurationOf(options),
      CountersignAppId: options.appId ?? "",
      CountersignDetectors: options.detectors.join(","),
    };
    for (const [name, value] of Object.entries(entries)) {
      if (value === "") delete given.modResults[name];
      else given.modResults[name] = value;
    }
    return given;
  });
  return expo.withEntitlementsPlist(described, (given) => {
    // What is built from Xcode attests in the environment that stands here; what TestFlight and the App Store carry, in production whatever stands here.
    const fitting = options.configuration?.isDevelopment === true ? "development" : "production";
    given.modResults[appAttestEnvironment] = given.modRawConfig.ios?.entitlements?.[appAttestEnvironment] ?? fitting;
    return given;
  });
}

/**
 * Expo's config plugin: writes into both native projects what the agent's native half reads, all of it public. Written anew at each prebuild, so that a
 * second one changes nothing, and an option that is gone is gone from the project.
 *
 * @throws TypeError on unknown or wrong options; on a development project's string in a build that is shipped; at prebuild without a string.
 */
export function withCountersign(config: ExpoConfig, given?: CountersignPluginOptions): ExpoConfig {
  const options = readPluginOptions(given, process.env);
  if (options.isRelease && options.configuration?.isDevelopment === true)
    throw misuse(
      "csd1~… is a development project's string, and this is a build that is shipped. Make a project of kind production " +
        "(`countersign project create NAME --kind production`) and give its cs1~… string; to try this one, build for development (`npx expo export --dev`).",
    );
  const expo = loadConfigPlugins(config);
  return withIos(withAndroid(config, options, expo), options, expo);
}
