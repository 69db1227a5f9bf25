package dev.countersign.agent.signals

import android.content.Context
import android.provider.Settings

/**
 * Developer options or adb are switched on.
 *
 * Limit: thousands of curious people have them on: a circumstance beside others. Root hides it at will.
 */
class DeveloperModeDetector(private val context: Context) : Detector {
    override val name = "developer_mode"
    override val revision = 1

    override fun look(): Sighting? = when {
        isOn(Settings.Global.ADB_ENABLED) -> Sighting("adb")
        isOn(Settings.Global.DEVELOPMENT_SETTINGS_ENABLED) -> Sighting("options")
        else -> null
    }

    private fun isOn(name: String): Boolean = Settings.Global.getInt(context.contentResolver, name, 0) == 1
}
