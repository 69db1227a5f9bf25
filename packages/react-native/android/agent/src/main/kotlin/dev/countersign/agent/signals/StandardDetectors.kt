package dev.countersign.agent.signals

import android.content.Context

/** The detectors whose signals every policy knows. */
fun standardDetectors(context: Context): List<Detector> = listOf(
    DebuggerDetector(context),
    EmulatorDetector(),
    HookDetector(),
    RepackagedDetector(context, emptySet(), emptySet()),
    RootDetector(),
)

/**
 * Detectors of circumstances that are rarely an attack. A policy that does not name their signals restricts the instance by `signal_unknown`:
 * take them in once it does.
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
