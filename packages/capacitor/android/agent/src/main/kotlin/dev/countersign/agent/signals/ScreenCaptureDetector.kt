package dev.countersign.agent.signals

import android.content.Context
import android.hardware.display.DisplayManager
import android.view.Display

/**
 * A further display that shows what the screen shows: casting, screen recording over a virtual display, screen sharing.
 *
 * Limit: a presentation on a second screen looks the same; a screenshot, or a recording by the system itself, is not seen here: use FLAG_SECURE
 * for windows that must not be captured.
 */
class ScreenCaptureDetector(private val context: Context) : Detector {
    override val name = "screen_capture"
    override val revision = 1

    override fun look(): Sighting? {
        val manager = context.getSystemService(Context.DISPLAY_SERVICE) as DisplayManager
        val others = manager.displays.orEmpty().filter { it.displayId != Display.DEFAULT_DISPLAY }
        return if (others.isEmpty()) null else Sighting("${others.size} further displays")
    }
}
