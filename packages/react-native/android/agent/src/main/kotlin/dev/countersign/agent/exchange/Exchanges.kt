package dev.countersign.agent.exchange

import dev.countersign.agent.channel.PinnedConnections
import dev.countersign.agent.channel.SystemPath
import dev.countersign.agent.channel.platformPath
import java.util.concurrent.ConcurrentHashMap
import javax.net.ssl.HostnameVerifier
import javax.net.ssl.HttpsURLConnection

/** The exchanges of this process, by the names that the caller chose. Calls block: each belongs on a thread of its own. All throw [ChannelFault]. */
class Exchanges internal constructor(private val system: SystemPath, private val verifier: HostnameVerifier) {
    constructor() : this(platformPath(), HttpsURLConnection.getDefaultHostnameVerifier())

    private val running = ConcurrentHashMap<String, Exchange>()

    /** Names an exchange, from when on it may be uploaded to and abandoned. Throws IllegalArgumentException for a request that cannot be written. Does not block. */
    fun begin(name: String, request: ExchangeRequest) {
        val exchange = Exchange(request, PinnedConnections({ _, _ -> request.policy }, system), verifier)
        require(running.putIfAbsent(name, exchange) == null) { "the exchange was begun before" }
    }

    fun send(name: String): ExchangeResponse = keptUnlessItFails(name) { find(name).send() }

    fun receive(name: String): ByteArray? = keptUnlessItFails(name) {
        find(name).receive().also { if (it == null) running.remove(name) }
    }

    fun upload(name: String, piece: ByteArray?) = find(name).upload(piece)

    fun abandon(name: String) {
        running.remove(name)?.abandon()
    }

    private fun find(name: String): Exchange = running[name] ?: throw ChannelFault.aborted()

    private fun <T> keptUnlessItFails(name: String, step: () -> T): T = try {
        step()
    } catch (fault: ChannelFault) {
        running.remove(name)
        throw fault
    }
}
