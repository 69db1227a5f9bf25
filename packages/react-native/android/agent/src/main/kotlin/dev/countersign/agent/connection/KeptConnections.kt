package dev.countersign.agent.connection

/**
 * Connections whose answer was read to its end, for the next exchange with the same peer under the very same policy (RFC 9112 §9.3). Few, for a short
 * while: a phone's network changes, and what proved itself long ago might not today.
 */
internal class KeptConnections(private val nowMs: () -> Long, private val timer: Timer) {
    private class Kept(val peer: Peer, val connection: Connection, val untilMs: Long)

    /** The one that was put first comes first. */
    private val kept = ArrayList<Kept>()

    /** The one that was put last and still lives; null where there is none. What was proven under another policy is closed. */
    fun take(peer: Peer): Connection? {
        while (true) {
            val (found, stale) = synchronized(kept) {
                val stale = kept.filter { it.untilMs <= nowMs() || (it.peer.isPlaceOf(peer) && it.peer != peer) }
                kept.removeAll(stale)
                kept.lastOrNull { it.peer == peer }.also(kept::remove) to stale
            }
            for (each in stale) each.connection.close()
            if (found == null) return null
            if (found.connection.isQuiet()) return found.connection
            found.connection.close()
        }
    }

    /** Keeps a connection on which nothing is under way. [idleMs] is what the peer says that it waits, if it does. */
    fun put(peer: Peer, connection: Connection, idleMs: Long?) {
        val until = minOf(nowMs() + minOf(idleMs ?: MAX_IDLE_MS, MAX_IDLE_MS), connection.openedAtMs + MAX_AGE_MS)
        val isGood = until > nowMs() && connection.isEmpty()
        val over = synchronized(kept) {
            if (isGood) kept.add(Kept(peer, connection, until))
            if (kept.size > MAX_KEPT) kept.removeAt(0).connection else null
        }
        over?.close()
        if (isGood) timer.after(MAX_IDLE_MS, ::closeOld) else connection.close()
    }

    /** At once, from any thread: Android lets its main thread write nothing, not even TLS's goodbye. */
    fun cutAll() {
        for (each in takeAll { true }) each.connection.cut()
    }

    private fun closeOld() {
        for (each in takeAll { it.untilMs <= nowMs() }) each.connection.close()
    }

    private fun takeAll(which: (Kept) -> Boolean): List<Kept> = synchronized(kept) { kept.filter(which).also(kept::removeAll) }

    internal companion object {
        const val MAX_IDLE_MS = 30_000L
        const val MAX_AGE_MS = 300_000L
        const val MAX_KEPT = 8
    }
}
