/**
 * What JavaScript's types hide of Java's. The declarations say `number` for every kind of number, `string` for String and CharSequence, and
 * `any` for a type variable: here stands, for every such member that the agent uses, its form in the JVM, by the platform's reference
 * (https://developer.android.com/reference). A row that does not fit the declarations stops the generator; a member with a number that is used
 * and has no row here fails a test. `varargs` stands before what takes any number of values.
 */
export const memberDescriptors: Readonly<Record<string, readonly string[]>> = {
  "android.accessibilityservice.AccessibilityServiceInfo.getCapabilities": ["()I"],
  "android.content.pm.ApplicationInfo.flags": ["I"],
  "android.content.pm.PackageInfo.getLongVersionCode": ["()J"],
  "android.content.pm.PackageInfo.versionCode": ["I"],
  "android.content.pm.PackageManager.getApplicationInfo": ["(Ljava/lang/String;I)Landroid/content/pm/ApplicationInfo;"],
  "android.content.pm.PackageManager.getPackageInfo": ["(Ljava/lang/String;I)Landroid/content/pm/PackageInfo;"],
  "android.content.pm.Signature.toByteArray": ["()[B"],
  "android.os.Build.VERSION.SDK_INT": ["I"],
  "android.os.SystemClock.elapsedRealtime": ["()J"],
  "android.provider.Settings.Global.getInt": ["(Landroid/content/ContentResolver;Ljava/lang/String;I)I"],
  "android.security.KeyStoreException.getNumericErrorCode": ["()I"],
  "android.security.keystore.KeyGenParameterSpec.Builder.<init>": ["(Ljava/lang/String;I)V"],
  "android.security.keystore.KeyGenParameterSpec.Builder.setAttestationChallenge": [
    "([B)Landroid/security/keystore/KeyGenParameterSpec$Builder;",
  ],
  "android.security.keystore.KeyGenParameterSpec.Builder.setDigests": [
    "varargs ([Ljava/lang/String;)Landroid/security/keystore/KeyGenParameterSpec$Builder;",
  ],
  "android.view.Display.getDisplayId": ["()I"],
  "android.view.accessibility.AccessibilityManager.getEnabledAccessibilityServiceList": ["(I)Ljava/util/List;"],
};
