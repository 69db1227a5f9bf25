/** What a build is told by its environment. Expo writes these texts into the bundle, so none of them may be a secret. */
export const settings = {
  /** The project's configuration string, `cs1~…` or `csd1~…`; empty: a build without Countersign. */
  configuration: process.env.EXPO_PUBLIC_COUNTERSIGN ?? "",
  /** Where the API is. */
  api: process.env.EXPO_PUBLIC_NASA_API ?? "https://api.nasa.gov",
  /** What stands in the app for NASA's key: its placeholder. */
  apiKey: process.env.EXPO_PUBLIC_NASA_API_KEY ?? "",
  /** Whether this build does nothing but check the phone that it is on, and print the report where a test run reads it. */
  checksPhone: process.env.EXPO_PUBLIC_PHONE_CHECK === "1",
} as const;
