package dev.countersign.agent.signals

import android.content.Context
import android.content.pm.ApplicationInfo
import android.os.Debug

/**
 * A Java debugger, a process that traces this one, or an app that was built for debugging.
 *
 * Limit: a debugger that attaches and detaches between two looks is not seen, nor one whose tracing a changed kernel hides.
 */
class DebuggerDetector(private val context: Context) : Detector {
    override val name = "debugger"
    override val revision = 1

    override fun look(): Sighting? = when {
        Debug.isDebuggerConnected() || Debug.waitingForDebugger() -> Sighting("jdwp")
        tracerOf(linesOf("/proc/self/status", 100)) != 0 -> Sighting("ptrace")
        context.applicationInfo.flags and ApplicationInfo.FLAG_DEBUGGABLE != 0 -> Sighting("debuggable")
        else -> null
    }
}
