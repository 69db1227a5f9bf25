package dev.countersign.agent.signals

import android.app.ActivityManager
import android.content.Context
import android.os.Build
import android.provider.Settings

/**
 * A harness that drives the device: a test harness, a run of the exerciser monkey, adb over the network.
 *
 * Limit: a farm of phones that is driven by an accessibility service or by fingers of steel looks like people.
 */
class AutomationDetector(private val context: Context) : Detector {
    override val name = "automation"
    override val revision = 1

    override fun look(): Sighting? = when {
        ActivityManager.isUserAMonkey() -> Sighting("monkey")
        isInHarness() -> Sighting("harness")
        Settings.Global.getInt(context.contentResolver, "adb_wifi_enabled", 0) == 1 -> Sighting("adb-wifi")
        else -> null
    }

    private fun isInHarness(): Boolean {
        if (Build.VERSION.SDK_INT >= 29) return ActivityManager.isRunningInUserTestHarness()
        @Suppress("DEPRECATION")
        return ActivityManager.isRunningInTestHarness()
    }
}
