import { StatusBar } from "expo-status-bar";
import { useCallback, useEffect, useState } from "react";
import { ActivityIndicator, FlatList, Pressable, StyleSheet, Text, useColorScheme, View } from "react-native";
import { agent } from "./countersign";
import { findHalf, PhoneCheck } from "./PhoneCheck";
import { loadPhotos, type Photo } from "./photos";
import { settings } from "./settings";

type Shown =
  | { readonly kind: "loading" }
  | { readonly kind: "photos"; readonly photos: readonly Photo[] }
  | { readonly kind: "failed"; readonly message: string };

const photosShown = 5;
const half = agent === null ? null : findHalf();

/** What a person is told: a code for support where the app could not be verified, never why. */
function messageOf(error: unknown): string {
  const arc = agent?.state().arc ?? null;
  if (agent?.state().phase === "refused" && arc !== null) return `This app could not be verified. Code ${arc}`;
  return error instanceof Error ? error.message : "The pictures could not be loaded.";
}

export function App() {
  const [shown, setShown] = useState<Shown>({ kind: "loading" });
  const [opened, setOpened] = useState<string | null>(null);
  const [isChecking, setIsChecking] = useState(settings.checksPhone);
  const isDark = useColorScheme() === "dark";
  const ink = isDark ? styles.light : styles.dark;

  const load = useCallback(() => {
    setShown({ kind: "loading" });
    loadPhotos(photosShown, Date.now()).then(
      (photos) => setShown({ kind: "photos", photos }),
      (error: unknown) => setShown({ kind: "failed", message: messageOf(error) }),
    );
  }, []);
  useEffect(load, [load]);

  return (
    <View style={[styles.page, isDark ? styles.night : styles.day]}>
      <StatusBar style="auto" />
      <Text style={[styles.heading, ink]} accessibilityRole="header">
        AstroPiks
      </Text>
      {half !== null && (
        <Pressable accessibilityRole="button" onPress={() => setIsChecking(!isChecking)}>
          <Text style={[styles.action, ink]}>{isChecking ? "Back to the pictures" : "Check this phone"}</Text>
        </Pressable>
      )}
      {isChecking && half !== null && <PhoneCheck half={half} ink={ink} />}
      {shown.kind === "loading" && <ActivityIndicator accessibilityLabel="Loading" />}
      {shown.kind === "failed" && (
        <View>
          <Text style={ink} accessibilityRole="alert">
            {shown.message}
          </Text>
          <Pressable accessibilityRole="button" onPress={load}>
            <Text style={[styles.action, ink]}>Try again</Text>
          </Pressable>
        </View>
      )}
      {shown.kind === "photos" && !isChecking && (
        <FlatList
          data={shown.photos}
          keyExtractor={(photo) => photo.date}
          renderItem={({ item }) => (
            <Pressable
              accessibilityRole="button"
              onPress={() => setOpened(opened === item.date ? null : item.date)}
              style={styles.row}
            >
              <Text style={[styles.title, ink]}>{item.title}</Text>
              <Text style={ink}>{opened === item.date ? item.explanation : item.date}</Text>
            </Pressable>
          )}
        />
      )}
    </View>
  );
}

const styles = StyleSheet.create({
  page: { flex: 1, padding: 24, paddingTop: 64 },
  day: { backgroundColor: "#ffffff" },
  night: { backgroundColor: "#0b1020" },
  dark: { color: "#0b1020" },
  light: { color: "#f4f6ff" },
  heading: { fontSize: 28, fontWeight: "600", marginBottom: 16 },
  row: { paddingVertical: 12 },
  title: { fontSize: 18, fontWeight: "500" },
  action: { marginTop: 12, textDecorationLine: "underline" },
});
