package dev.countersign.bridge

import android.content.Context
import dev.countersign.agent.start.ProcessWatch
import java.util.concurrent.Executor

/** `observe` of `NativeBridge`. */
internal fun observeCalls(context: Context, where: Executor): Map<String, Call> = mapOf("observe" to where.call { observed(context) })

private fun observed(context: Context): Any {
    val observed = ProcessWatch.of(context).observe()
    val seen = observed.seen.map { (name, count, ageSeconds, detail) ->
        mapOf("name" to name, "count" to count, "ageSeconds" to ageSeconds.toDouble()) + (detail?.let { mapOf("detail" to it) }.orEmpty())
    }
    return mapOf("detectors" to observed.detectors, "seen" to seen)
}
