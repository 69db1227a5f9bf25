package dev.countersign.agent.signals

/**
 * freeRASP's callbacks, by their names in its packages for React Native and Capacitor, with the signal that each is; null for what is no word about the phone's or the
 * app's state that the agent does not know better.
 */
private val signals: Map<String, String?> = mapOf(
    "privilegedAccess" to "root",
    "debug" to "debugger",
    "simulator" to "emulator",
    "appIntegrity" to "repackaged",
    "unofficialStore" to "repackaged",
    "hooks" to "hook",
    "deviceBinding" to "cloner",
    "multiInstance" to "cloner",
    "automation" to "automation",
    "devMode" to "developer_mode",
    "adbEnabled" to "developer_mode",
    "systemVPN" to "proxy",
    "screenshot" to "screen_capture",
    "screenRecording" to "screen_capture",
    "deviceID" to null,
    "passcode" to null,
    "secureHardwareNotAvailable" to null,
    "obfuscationIssues" to null,
    "malware" to null,
    "timeSpoofing" to null,
    "locationSpoofing" to null,
    "unsecureWifi" to null,
    "bootloader" to null,
)

/** What freeRASP for Android calls otherwise: methods of `ThreatListener.ThreatDetected` and `ThreatListener.DeviceState`. */
private fun callbackOf(method: String): String = when (method) {
    "onRootDetected" -> "privilegedAccess"
    "onDebuggerDetected" -> "debug"
    "onEmulatorDetected" -> "simulator"
    "onTamperDetected" -> "appIntegrity"
    "onUntrustedInstallationSourceDetected" -> "unofficialStore"
    "onHookDetected" -> "hooks"
    "onDeviceBindingDetected" -> "deviceBinding"
    "onMultiInstanceDetected" -> "multiInstance"
    "onAutomationDetected" -> "automation"
    "onDeveloperModeDetected" -> "devMode"
    "onADBEnabledDetected" -> "adbEnabled"
    "onSystemVPNDetected" -> "systemVPN"
    "onScreenshotDetected" -> "screenshot"
    "onScreenRecordingDetected" -> "screenRecording"
    "onUnlockedDeviceDetected" -> "passcode"
    "onHardwareBackedKeystoreNotAvailableDetected" -> "secureHardwareNotAvailable"
    "onObfuscationIssuesDetected" -> "obfuscationIssues"
    "onMalwareDetected" -> "malware"
    "onTimeSpoofingDetected" -> "timeSpoofing"
    "onLocationSpoofingDetected" -> "locationSpoofing"
    "onUnsecureWifiDetected" -> "unsecureWifi"
    else -> method
}

/**
 * Notes what freeRASP for Android saw, by the name of its callback: `override fun onRootDetected() = ProcessWatch.of(context).noteFreeRasp("onRootDetected")`. What is not
 * known is noted as `freerasp`, upon which the service restricts by `signal_unknown`: a newer freeRASP says nothing in vain. What it hands over, such as the names of
 * other apps, goes nowhere.
 */
fun SignalWatch.noteFreeRasp(callback: String) {
    val name = callbackOf(callback)
    if (name !in signals) return note("freerasp", name)
    signals[name]?.let { note(it, name) }
}
