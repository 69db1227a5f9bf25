package dev.countersign.agent.signals

import android.content.Context
import android.content.pm.PackageManager

/**
 * The detectors whose signals count in every policy. What `repackaged` compares with is in the app's manifest: `dev.countersign.SIGNERS` (SHA-256 of signing
 * certificates, lower-case hex) and `dev.countersign.INSTALLERS` (packages), separated by commas; without both it does not run.
 */
fun standardDetectors(context: Context): List<Detector> = listOf(
    DebuggerDetector(context),
    EmulatorDetector(),
    HookDetector(),
    RepackagedDetector(context, listed(context, "dev.countersign.SIGNERS"), listed(context, "dev.countersign.INSTALLERS")),
    RootDetector(),
)

/**
 * Detectors of circumstances that are rarely an attack: findings that change no verdict by default. A service older than their signals restricts the
 * instance by `signal_unknown`.
 */
fun furtherDetectors(context: Context): List<Detector> = listOf(
    AccessibilityDetector(context, emptySet()),
    AutomationDetector(context),
    ClonerDetector(context),
    DeveloperModeDetector(context),
    ProxyDetector(),
    ScreenCaptureDetector(context),
    UserCertificateDetector(),
)

/**
 * The standard detectors, and those of the further ones that the app's manifest names in `dev.countersign.DETECTORS`, separated by commas. Without it none of these
 * runs: what they see is of people as often as of attacks, so that the app's makers decide. A name that is none of theirs runs nothing.
 */
fun chosenDetectors(context: Context): List<Detector> {
    val chosen = listed(context, "dev.countersign.DETECTORS")
    return standardDetectors(context) + furtherDetectors(context).filter { it.name in chosen }
}

private fun listed(context: Context, name: String): Set<String> {
    val data = context.packageManager.getApplicationInfo(context.packageName, PackageManager.GET_META_DATA).metaData
    return data?.getString(name).orEmpty().split(',').map { it.trim() }.filter { it.isNotEmpty() }.toSet()
}
