package dev.countersign.okhttp

import dev.countersign.agent.channel.ChannelPolicy
import dev.countersign.agent.channel.PinnedConnections
import java.io.IOException
import java.net.InetAddress
import java.net.Socket
import java.net.SocketException
import java.util.WeakHashMap
import javax.net.ssl.SSLContext
import javax.net.ssl.SSLSocketFactory

/** Opens each connection under the policy that its host and port have at that moment, and remembers which it was. */
internal class ProvenSockets(private val policyOf: (String, Int) -> ChannelPolicy?) : SSLSocketFactory() {
    private class Proof(val host: String, val port: Int, val policy: ChannelPolicy?, val under: Socket)

    private class Made(val policy: ChannelPolicy?, val connections: PinnedConnections)

    private val proofs = WeakHashMap<Socket, Proof>()

    /** The latest used; each has TLS sessions of its own, so that none is resumed under another policy. */
    private val made = object : LinkedHashMap<Pair<String, Int>, Made>(16, 0.75f, true) {
        override fun removeEldestEntry(eldest: MutableMap.MutableEntry<Pair<String, Int>, Made>): Boolean = size > MAX_HOSTS
    }

    private val plain = SSLContext.getDefault().socketFactory

    override fun getDefaultCipherSuites(): Array<String> = plain.defaultCipherSuites

    override fun getSupportedCipherSuites(): Array<String> = plain.supportedCipherSuites

    override fun createSocket(socket: Socket, host: String, port: Int, autoClose: Boolean): Socket {
        val name = host.lowercase()
        val under = madeFor(name, port)
        val tls = under.connections.socketFactory.createSocket(socket, name, port, autoClose)
        synchronized(proofs) { proofs[tls] = Proof(name, port, under.policy, socket) }
        return tls
    }

    /** Whether this connection is open and was proven for this host and port, by the policy that they have now. A connection that another factory made is not. */
    fun isProven(socket: Socket, host: String, port: Int): Boolean {
        val proof = synchronized(proofs) { proofs[socket] } ?: return false
        return !socket.isClosed && proof.host == host && proof.port == port && proof.policy == policyOf(host, port)
    }

    /** Closes what leads to this host and port and was proven by another policy than they have now. */
    fun closeOutdated(host: String, port: Int) {
        val policy = policyOf(host, port)
        val outdated = synchronized(proofs) {
            proofs.filterValues { it.host == host && it.port == port && it.policy != policy }.map { (tls, proof) -> tls to proof.under }
        }
        for ((tls, under) in outdated) {
            // TLS's own close may wait for a writer, whom this ends.
            closeQuietly(under)
            closeQuietly(tls)
        }
    }

    private fun madeFor(host: String, port: Int): Made = synchronized(made) {
        val policy = policyOf(host, port)
        made[host to port]?.takeIf { it.policy == policy } ?: Made(policy, PinnedConnections { _, _ -> policy }).also { made[host to port] = it }
    }

    // OkHttp layers TLS over sockets of its own and calls none of these.
    override fun createSocket(): Socket = throw SocketException(NOT_LAYERED)

    override fun createSocket(host: String, port: Int): Socket = throw SocketException(NOT_LAYERED)

    override fun createSocket(host: String, port: Int, localHost: InetAddress, localPort: Int): Socket = throw SocketException(NOT_LAYERED)

    override fun createSocket(host: InetAddress, port: Int): Socket = throw SocketException(NOT_LAYERED)

    override fun createSocket(host: InetAddress, port: Int, localHost: InetAddress, localPort: Int): Socket = throw SocketException(NOT_LAYERED)

    private fun closeQuietly(socket: Socket) {
        try {
            socket.close()
        } catch (_: IOException) {
            // It is gone already.
        }
    }

    private companion object {
        const val MAX_HOSTS = 256
        const val NOT_LAYERED = "only connections that OkHttp opened itself can be told apart"
    }
}
