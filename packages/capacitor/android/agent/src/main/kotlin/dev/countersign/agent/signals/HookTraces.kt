package dev.countersign.agent.signals

/** Names by which instrumentation gives itself away. A tool that was renamed or is loaded from anonymous memory carries none of them. */
private val mapped = listOf(
    "frida" to "frida",
    "gum-js" to "frida",
    "linjector" to "frida",
    "xposed" to "xposed",
    "liblspd" to "lsposed",
    "lsposed" to "lsposed",
    "edxp" to "edxposed",
    "libsandhook" to "sandhook",
    "libwhale" to "whale",
    "libsubstrate" to "substrate",
    "libriru" to "riru",
    "zygisk" to "zygisk",
)

/** Frida's `gmain` and `gdbus` are left out: every app with GLib in it has them. */
private val threads = listOf("gum-js-loop" to "frida", "pool-frida" to "frida", "linjector" to "frida")
private val classes = listOf("de.robv.android.xposed." to "xposed", "org.lsposed." to "lsposed", "com.saurik.substrate." to "substrate")

/** What the mapped files of `/proc/self/maps` show; null where nothing. The path is the sixth field; anonymous memory has none. */
internal fun hookInMaps(lines: List<String>): String? = lines.firstNotNullOfOrNull { line ->
    val path = line.split(Regex(" +"), 6).getOrNull(5)?.substringAfterLast('/')?.lowercase() ?: return@firstNotNullOfOrNull null
    mapped.firstOrNull { (mark, _) -> mark in path }?.second
}

/** What names of threads show. */
internal fun hookInThreads(names: List<String>): String? = names.firstNotNullOfOrNull { name ->
    threads.firstOrNull { (mark, _) -> name.trim() == mark }?.second
}

/** What the frames of a stack show. */
internal fun hookInStack(frames: List<String>): String? = frames.firstNotNullOfOrNull { frame ->
    classes.firstOrNull { (mark, _) -> frame.startsWith(mark) }?.second
}

/** The process that traces this one by `/proc/self/status`; 0: none. */
internal fun tracerOf(status: List<String>): Int =
    status.firstOrNull { it.startsWith("TracerPid:") }?.substringAfter(':')?.trim()?.toIntOrNull() ?: 0
