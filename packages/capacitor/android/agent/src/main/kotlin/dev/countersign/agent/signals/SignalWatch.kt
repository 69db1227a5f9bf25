package dev.countersign.agent.signals

/** A signal as a statement carries it (protocol section 5). */
data class Signal(val name: String, val count: Int, val ageSeconds: Long, val detail: String?)

/** Every detector that ran, with its revision, and what was seen since the process began. */
data class Observation(val detectors: Map<String, Int>, val seen: List<Signal>)

/**
 * Asks the detectors and remembers what they saw for as long as the process lives: a hook that was there for a second was there. Give it a
 * clock that runs in sleep, in milliseconds. [onSevere] is called at once, before anything else is told, when a severe signal is seen for the first time.
 */
class SignalWatch(private val detectors: List<Detector>, private val nowMs: () -> Long, private val onSevere: () -> Unit = {}) {
    private class Seen(var count: Int, var lastAtMs: Long, var detail: String?)

    private val seen = LinkedHashMap<String, Seen>()

    @Synchronized
    fun observe(): Observation {
        val ran = LinkedHashMap<String, Int>()
        for (detector in detectors) {
            // What is not named is found missing by the service: a detector that fails is never a clean one.
            val sighting = try {
                detector.look()
            } catch (_: Exception) {
                continue
            } catch (_: LinkageError) {
                continue
            }
            ran[detector.name] = detector.revision
            if (sighting != null) note(detector.name, sighting.detail)
        }
        val at = nowMs()
        return Observation(ran, seen.map { (name, each) -> Signal(name, each.count, (at - each.lastAtMs) / 1000, each.detail) })
    }

    /** Notes what another source saw, such as freeRASP's callbacks. */
    @Synchronized
    fun note(name: String, detail: String?) {
        val shown = detail?.filter { it >= ' ' && it != '\u007f' }?.take(128)
        val known = seen[name]
        if (known == null) {
            seen[name] = Seen(1, nowMs(), shown)
            if (name in severeSignals) onSevere()
        } else {
            known.count += 1
            known.lastAtMs = nowMs()
            known.detail = shown ?: known.detail
        }
    }

    private companion object {
        /** On these the agent wipes what it holds before it tells the service (protocol section 14). */
        val severeSignals = setOf("debugger", "hook", "repackaged")
    }
}
