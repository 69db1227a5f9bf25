import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Files of React Native's own that are compiled, or read, as they are: below `com/facebook` of its Android sources. */
const whole = [
  "react/BaseReactPackage.kt",
  "react/ReactPackage.kt",
  "react/bridge/BaseJavaModule.java",
  "react/bridge/NativeModule.java",
  "react/bridge/Promise.kt",
  "react/bridge/ReactApplicationContext.kt",
  "react/bridge/ReactContext.java",
  "react/bridge/ReactContextBaseJavaModule.kt",
  "react/bridge/ReactMethod.kt",
  "react/module/model/ReactModuleInfo.kt",
  "react/module/model/ReactModuleInfoProvider.kt",
  "react/modules/network/CookieJarContainer.kt",
  "react/modules/network/OkHttpClientFactory.kt",
  "react/modules/network/OkHttpClientProvider.kt",
  "react/modules/network/ReactCookieJarContainer.kt",
  "react/turbomodule/core/interfaces/TurboModule.kt",
];

/** What the bodies of those files speak of and nothing of ours does: by package, as little as lets them compile. */
const shells: Readonly<Record<string, string>> = {
  "com.facebook.react.bridge": `import com.facebook.react.module.model.ReactModuleInfo
import javax.inject.Provider
interface UIManager
interface WritableMap
class ModuleHolder(info: ReactModuleInfo, provider: Provider<out NativeModule?>)
class ModuleSpec(val provider: Provider<out NativeModule?>)`,
  "com.facebook.react.common.annotations": "annotation class StableReactNativeAPI",
  "com.facebook.react.internal.featureflags":
    "object ReactNativeNewArchitectureFeatureFlags { fun useTurboModules(): Boolean = true }",
  "com.facebook.react.uimanager": "abstract class ViewManager<T, C> : com.facebook.react.bridge.NativeModule",
  "javax.inject": "interface Provider<T> { fun get(): T }",
};

/** React Native's own sources of what a module and a client's factory are written with: real files, and shells beside. The paths. */
export function reactNativeSlice(modules: string, folder: string): readonly string[] {
  mkdirSync(folder, { recursive: true });
  const own = join(modules, "react-native/ReactAndroid/src/main/java/com/facebook");
  const written = Object.entries(shells).map(([name, text], index) => {
    const file = join(folder, `Shell${index}.kt`);
    writeFileSync(file, `@file:Suppress("ALL")\npackage ${name}\n${text}\n`);
    return file;
  });
  const files = whole.map((name) => {
    if (!name.endsWith(".java")) return join(own, name);
    // Annotations for React Native's own linter come from a library that is not among its sources.
    const text = readFileSync(join(own, name), "utf8").replaceAll(/^\s*@(?:ThreadConfined|Nullsafe)\(.*\)$/gm, "");
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  });
  return [...files, ...written];
}

interface Generator {
  generate(library: string, schema: unknown, packageName: string): ReadonlyMap<string, string>;
}

/** What React Native's codegen makes for Android of the package's specification, as its Gradle plugin asks for it: the Java file's path. */
export function generateSpec(modules: string, packageFolder: string, folder: string): string {
  const ofReactNative = createRequire(join(modules, "react-native/package.json"));
  const { TypeScriptParser } = ofReactNative("@react-native/codegen/lib/parsers/typescript/parser") as {
    TypeScriptParser: new () => { parseFile(file: string): unknown };
  };
  const generator = ofReactNative("@react-native/codegen/lib/generators/modules/GenerateModuleJavaSpec") as Generator;
  const { codegenConfig } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")) as {
    readonly codegenConfig: {
      readonly name: string;
      readonly jsSrcsDir: string;
      readonly android: { readonly javaPackageName: string };
    };
  };
  const spec = join(packageFolder, codegenConfig.jsSrcsDir, "NativeCountersign.ts");
  const schema = new TypeScriptParser().parseFile(spec);
  const made = generator.generate(codegenConfig.name, schema, codegenConfig.android.javaPackageName);
  const [[path, text] = ["", ""]] = [...made];
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}
