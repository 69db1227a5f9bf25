import { type CheckOutcome, checkNativeHalf, type NativeCheckReport } from "@countersign/client/native-check";
import { type ReactNativeHalf, reactNativeHalf } from "@countersign/react-native";
import { useEffect, useState } from "react";
import { FlatList, Pressable, Share, StyleSheet, Text, View } from "react-native";
import { settings } from "./settings";

const signs = { held: "✓", broken: "✗", "not asked": "–" } as const;

/** The native half of this build; null in a page and in Expo Go, which have none. */
export function findHalf(): ReactNativeHalf | null {
  try {
    return reactNativeHalf();
  } catch {
    return null;
  }
}

/** One line of the phone's log for scripts/phones/read-report.ts: Android cuts lines of more than 4,000 bytes. */
function log(value: object): void {
  if (settings.checksPhone) console.log(`native-check ${JSON.stringify(value)}`);
}

/** Asks the phone's native half every promise of its contract, and shows what came of each. The report can be shared: no value of a key is in it. */
export function PhoneCheck({
  half,
  ink,
}: {
  readonly half: ReactNativeHalf;
  readonly ink: { readonly color: string };
}) {
  const [outcomes, setOutcomes] = useState<readonly CheckOutcome[]>([]);
  const [report, setReport] = useState<NativeCheckReport | null>(null);
  useEffect(() => {
    const { configuration } = settings;
    const onOutcome = (outcome: CheckOutcome) => {
      setOutcomes((before) => [...before, outcome]);
      log(outcome);
    };
    checkNativeHalf({ ...half, configuration, onOutcome }).then(
      (made) => {
        setReport(made);
        const { v, identity, held, outcomes: all } = made;
        log({ v, identity, held, asked: all.length });
      },
      () => undefined,
    );
  }, [half]);

  return (
    <View style={styles.check}>
      <Text style={ink} accessibilityRole="summary">
        {report === null ? "Checking" : report.held ? "Nothing is broken" : "Something is broken"}
      </Text>
      <FlatList
        data={outcomes}
        keyExtractor={({ name }) => name}
        renderItem={({ item }) => (
          <Text style={[styles.outcome, ink]}>
            {signs[item.outcome]} {item.name}
            {item.instead === null ? "" : `: ${item.instead}`}
          </Text>
        )}
      />
      {report !== null && (
        <Pressable accessibilityRole="button" onPress={() => void Share.share({ message: JSON.stringify(report) })}>
          <Text style={[styles.action, ink]}>Share the report</Text>
        </Pressable>
      )}
    </View>
  );
}

const styles = StyleSheet.create({
  check: { flex: 1 },
  outcome: { paddingVertical: 4 },
  action: { marginTop: 12, textDecorationLine: "underline" },
});
