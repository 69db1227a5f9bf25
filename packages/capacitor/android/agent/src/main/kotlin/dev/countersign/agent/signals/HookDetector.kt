package dev.countersign.agent.signals

import java.io.File

/**
 * Frida, Xposed and their kin in this process: by mapped libraries, names of threads and frames of a stack.
 *
 * Limit: knows tools by their names. One that was built under another name, runs from anonymous memory or hooks the reading of /proc is not
 * seen; nothing that runs in the same process as the tool can promise to see it.
 */
class HookDetector : Detector {
    override val name = "hook"
    override val revision = 1

    override fun look(): Sighting? {
        val tasks = File("/proc/self/task").list().orEmpty().take(1000).flatMap { linesOf("/proc/self/task/$it/comm", 1) }
        val frames = Throwable().stackTrace.map { it.className }
        val found = hookInMaps(linesOf("/proc/self/maps")) ?: hookInThreads(tasks) ?: hookInStack(frames)
        return found?.let(::Sighting)
    }
}
