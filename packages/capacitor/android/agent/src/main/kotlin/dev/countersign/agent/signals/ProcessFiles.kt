package dev.countersign.agent.signals

import java.io.File
import java.io.IOException

/** The lines of a file in /proc; none where the kernel refuses it. */
internal fun linesOf(file: String, most: Int = 20_000): List<String> = try {
    File(file).useLines { lines -> lines.take(most).toList() }
} catch (_: IOException) {
    emptyList()
} catch (_: SecurityException) {
    emptyList()
}
