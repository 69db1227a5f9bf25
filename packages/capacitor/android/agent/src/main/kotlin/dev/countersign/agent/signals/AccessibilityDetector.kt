package dev.countersign.agent.signals

import android.accessibilityservice.AccessibilityServiceInfo
import android.content.Context
import android.content.pm.ApplicationInfo
import android.view.accessibility.AccessibilityManager

/**
 * A running accessibility service that reads what windows show and did not come with the system, and that is none of [allowed] (names of
 * packages): what banking trojans use to read and to press.
 *
 * Limit: says nothing of intent. Password managers and aids that people depend on are such services: never refuse by it alone. Names of
 * services are not told, for they say something of the person.
 */
class AccessibilityDetector(private val context: Context, private val allowed: Set<String>) : Detector {
    override val name = "accessibility"
    override val revision = 1

    override fun look(): Sighting? {
        val manager = context.getSystemService(Context.ACCESSIBILITY_SERVICE) as AccessibilityManager
        val running = manager.getEnabledAccessibilityServiceList(AccessibilityServiceInfo.FEEDBACK_ALL_MASK).orEmpty()
        val readers = running.filter { service ->
            val app = service.resolveInfo?.serviceInfo?.applicationInfo
            val readsWindows = service.capabilities and AccessibilityServiceInfo.CAPABILITY_CAN_RETRIEVE_WINDOW_CONTENT != 0
            readsWindows && app != null && app.flags and ApplicationInfo.FLAG_SYSTEM == 0 && app.packageName !in allowed
        }
        return if (readers.isEmpty()) null else Sighting("${readers.size} that read windows")
    }
}
