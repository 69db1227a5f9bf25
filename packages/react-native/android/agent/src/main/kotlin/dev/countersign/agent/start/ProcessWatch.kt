package dev.countersign.agent.start

import android.content.Context
import dev.countersign.agent.device.continuousMs
import dev.countersign.agent.signals.SignalWatch
import dev.countersign.agent.signals.chosenDetectors
import java.util.concurrent.CopyOnWriteArrayList

/** The one watch of this process, which began before any code of the app's. */
object ProcessWatch {
    private val onSevere = CopyOnWriteArrayList<() -> Unit>()
    private var watch: SignalWatch? = null

    @Volatile private var isSevere = false

    @Synchronized
    fun of(context: Context): SignalWatch =
        watch ?: SignalWatch(chosenDetectors(context.applicationContext), ::continuousMs, ::wipe).also { watch = it }

    /**
     * Calls back, on whatever thread looks, when a severe signal is seen for the first time: wipe what is held first. At once where one was seen before: the first look comes
     * before any code of the app's. What it gives back ends that.
     */
    fun onSevere(call: () -> Unit): () -> Unit {
        onSevere.add(call)
        if (isSevere) wipeBy(call)
        return { onSevere.remove(call) }
    }

    /** All are called, whatever one of them throws: what was seen is told in any case. */
    internal fun wipe() {
        // Before the calls: who is added meanwhile is called here or there, at worst twice.
        isSevere = true
        for (call in onSevere) wipeBy(call)
    }

    private fun wipeBy(call: () -> Unit) {
        try {
            call()
        } catch (_: Exception) {
            return
        }
    }
}
