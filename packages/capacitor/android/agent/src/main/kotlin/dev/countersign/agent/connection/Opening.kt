package dev.countersign.agent.connection

import dev.countersign.agent.channel.PinnedConnections
import dev.countersign.agent.channel.SystemPath
import java.io.IOException
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.Socket
import javax.net.ssl.HostnameVerifier
import javax.net.ssl.SSLSocket

private const val CONNECT_MS = 15_000
private const val HANDSHAKE_MS = 30_000
private const val MAX_ADDRESSES = 4

/** Makes one connection and has the peer prove itself before anything of the caller's is written. */
internal class Opening(private val peer: Peer, private val system: SystemPath, private val verifier: HostnameVerifier, private val nowMs: () -> Long) {
    @Volatile private var isAbandoned = false

    @Volatile private var below: Socket? = null

    /** Blocks. Throws what sockets throw, and [ChannelFault]. */
    fun open(): Connection {
        val isHere = peer.name == "localhost" || peer.name == "127.0.0.1" || peer.name == "::1"
        if (!peer.isSecure && !isHere) throw ChannelFault.refused("plain text is spoken to this device alone")
        val addresses = if (peer.isSecure) InetAddress.getAllByName(peer.name).toList() else listOf(InetAddress.getLoopbackAddress())
        val plain = connect(addresses.take(MAX_ADDRESSES))
        try {
            plain.tcpNoDelay = true
            return Connection(if (peer.isSecure) proven(plain) else plain, plain, nowMs())
        } catch (fault: Exception) {
            quietly(plain::close)
            throw fault
        }
    }

    fun abandon() {
        isAbandoned = true
        below?.let { quietly(it::close) }
    }

    /** To the first address that answers. */
    private fun connect(addresses: List<InetAddress>): Socket {
        for ((index, address) in addresses.withIndex()) {
            val plain = Socket().also { below = it }
            if (isAbandoned) throw ChannelFault.aborted()
            try {
                plain.connect(InetSocketAddress(address, peer.port), CONNECT_MS / addresses.size)
                return plain
            } catch (fault: IOException) {
                quietly(plain::close)
                if (index == addresses.lastIndex) throw fault
            }
        }
        throw ChannelFault.network("the host has no address")
    }

    private fun proven(plain: Socket): Socket {
        val connections = PinnedConnections({ _, _ -> peer.policy }, system)
        val tls = connections.socketFactory.createSocket(plain, peer.name, peer.port, true) as SSLSocket
        tls.soTimeout = HANDSHAKE_MS
        tls.startHandshake()
        if (!verifier.verify(peer.name, tls.session)) throw ChannelFault.refused("the certificate is for another host")
        tls.soTimeout = 0
        return tls
    }
}
