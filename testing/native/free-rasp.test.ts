import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { freeRaspSignals } from "../../packages/client/src/native/free-rasp.ts";

const tables = [
  [
    "Kotlin",
    "android/agent/src/main/kotlin/dev/countersign/agent/signals/FreeRasp.kt",
    /^\s*"(\w+)" to (?:"(\w+)"|null),$/gm,
  ],
  ["Swift", "ios/Agent/Signals/FreeRasp.swift", /^\s*"(\w+)": (?:"(\w+)"|nil),$/gm],
] as const;

it.each(tables)("freeRASP's callbacks mean in %s what they mean in JavaScript", (_language, file, entry) => {
  const text = readFileSync(join(import.meta.dirname, "../../packages/react-native", file), "utf8");
  const table = [...text.matchAll(entry)].map(([, callback = "", signal]) => [callback, signal ?? null]);
  expect(Object.fromEntries(table)).toEqual(freeRaspSignals);
  expect(table).toHaveLength(Object.keys(freeRaspSignals).length);
  expect(text).toContain(`note("freerasp", `);
});
