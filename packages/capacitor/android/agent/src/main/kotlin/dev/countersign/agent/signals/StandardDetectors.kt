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

private fun listed(context: Context, name: String): Set<String> {
    val data = context.packageManager.getApplicationInfo(context.packageName, PackageManager.GET_META_DATA).metaData
    return data?.getString(name).orEmpty().split(',').map { it.trim() }.filter { it.isNotEmpty() }.toSet()
}
