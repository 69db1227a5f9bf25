package dev.countersign.bridge

import dev.countersign.agent.signals.SignalWatch
import java.util.concurrent.Executor

/** `observe` of `NativeBridge`. */
internal fun observeCalls(where: Executor, watch: () -> SignalWatch): Map<String, Call> = mapOf("observe" to where.call { observed(watch()) })

private fun observed(watch: SignalWatch): Any {
    val observed = watch.observe()
    val seen = observed.seen.map { (name, count, ageSeconds, detail) ->
        mapOf("name" to name, "count" to count, "ageSeconds" to ageSeconds.toDouble()) + (detail?.let { mapOf("detail" to it) }.orEmpty())
    }
    return mapOf("detectors" to observed.detectors, "seen" to seen)
}
