package dev.countersign.agent.exchange

import dev.countersign.agent.connection.ChannelFault
import dev.countersign.agent.connection.Connections
import dev.countersign.agent.connection.platformConnections
import java.util.concurrent.ConcurrentHashMap

/** The exchanges of this process, by the names that the caller chose. Calls block: each belongs on a thread of its own. All throw [ChannelFault]. */
class Exchanges internal constructor(private val connections: Connections) {
    constructor() : this(platformConnections())

    private val running = ConcurrentHashMap<String, Exchange>()

    /** Names an exchange, from when on it may be uploaded to and abandoned. Throws IllegalArgumentException for a request that cannot be written. Does not block. */
    fun begin(name: String, request: ExchangeRequest) {
        require(running.putIfAbsent(name, Exchange(request, connections)) == null) { "the exchange was begun before" }
    }

    fun send(name: String): ExchangeResponse = keptUnlessItFails(name) { find(name).send() }

    fun receive(name: String): ByteArray? = keptUnlessItFails(name) {
        find(name).receive().also { if (it == null) running.remove(name) }
    }

    fun upload(name: String, piece: ByteArray?) = find(name).upload(piece)

    fun abandon(name: String) {
        running.remove(name)?.abandon()
    }

    /** Ends all that is under way, and every connection that is kept, at once and from any thread. */
    fun abandonAll() {
        for (name in running.keys) abandon(name)
        connections.kept.cutAll()
    }

    private fun find(name: String): Exchange = running[name] ?: throw ChannelFault.aborted()

    private fun <T> keptUnlessItFails(name: String, step: () -> T): T = try {
        step()
    } catch (fault: ChannelFault) {
        running.remove(name)
        throw fault
    }
}
