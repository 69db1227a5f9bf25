package dev.countersign.agent.exchange

import dev.countersign.agent.channel.PinnedConnections
import java.io.IOException
import java.io.OutputStream
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.Socket
import java.security.cert.CertificateException
import java.util.concurrent.CountDownLatch
import javax.net.ssl.HostnameVerifier
import javax.net.ssl.SSLPeerUnverifiedException
import javax.net.ssl.SSLSocket

private const val CONNECT_MS = 15_000
private const val HANDSHAKE_MS = 30_000

/** One request and its answer over a connection of its own. Each call blocks; a further thread may upload or abandon meanwhile. All throw [ChannelFault]. */
internal class Exchange(private val request: ExchangeRequest, private val connections: PinnedConnections, private val verifier: HostnameVerifier) {
    private val head = requestHead(request)
    private val ready = CountDownLatch(1)

    @Volatile private var socket: Socket? = null

    @Volatile private var output: OutputStream? = null

    @Volatile private var isAbandoned = false
    private var reader: ResponseReader? = null
    private var uploaded = 0L

    /** Connects, lets the peer prove itself, writes the request and reads the head of the answer. */
    fun send(): ExchangeResponse = guarded {
        try {
            val stream = open().getOutputStream()
            stream.write(head)
            request.body?.let(stream::write)
            stream.flush()
            output = stream
        } finally {
            ready.countDown()
        }
        ResponseReader((socket ?: throw ChannelFault.aborted()).getInputStream().buffered(), request.method).also { reader = it }.readHead()
    }

    /** The next piece of the answer; null at its end, with which the connection ends too. */
    fun receive(): ByteArray? = guarded {
        val piece = (reader ?: throw ChannelFault.network("nothing was answered yet")).readPiece()
        if (piece == null) close()
        piece
    }

    /** The next piece of the body; null at its end. */
    fun upload(piece: ByteArray?) = guarded {
        val upload = request.upload ?: throw ChannelFault.network("this body does not come in pieces")
        ready.await()
        val stream = output ?: throw ChannelFault.network("there is no connection")
        uploaded += piece?.size ?: 0
        val isRight = upload.length == null || (if (piece == null) uploaded == upload.length else uploaded <= upload.length)
        if (!isRight) throw ChannelFault.network("the body is not of the length that was said")
        if (upload.length != null) piece?.let(stream::write) else writeChunk(stream, piece)
        stream.flush()
    }

    fun abandon() {
        isAbandoned = true
        close()
        ready.countDown()
    }

    private fun writeChunk(stream: OutputStream, piece: ByteArray?) {
        // A chunk without bytes would be the last.
        if (piece != null && piece.isEmpty()) return
        stream.write("${(piece?.size ?: 0).toString(16)}\r\n".toByteArray(Charsets.US_ASCII))
        piece?.let(stream::write)
        stream.write("\r\n".toByteArray(Charsets.US_ASCII))
    }

    private fun open(): Socket {
        val name = request.host.removeSurrounding("[", "]")
        if (!request.secure && name != "localhost" && name != "127.0.0.1" && name != "::1") {
            throw ChannelFault.refused("plain http is spoken to this device alone")
        }
        val plain = Socket().also { socket = it }
        val address = if (request.secure) InetAddress.getByName(name) else InetAddress.getLoopbackAddress()
        plain.connect(InetSocketAddress(address, request.port), CONNECT_MS)
        if (isAbandoned) throw ChannelFault.aborted()
        plain.tcpNoDelay = true
        return if (request.secure) proven(plain, name) else plain
    }

    private fun proven(plain: Socket, name: String): Socket {
        val tls = connections.socketFactory.createSocket(plain, name, request.port, true) as SSLSocket
        socket = tls
        tls.soTimeout = HANDSHAKE_MS
        tls.startHandshake()
        if (!verifier.verify(name, tls.session)) throw ChannelFault.refused("the certificate is for another host")
        tls.soTimeout = 0
        return tls
    }

    private fun close() {
        try {
            socket?.close()
        } catch (_: IOException) {
            // It is gone either way.
        }
    }

    private fun <T> guarded(step: () -> T): T = try {
        step()
    } catch (fault: Exception) {
        close()
        throw if (isAbandoned) ChannelFault.aborted() else toFault(fault)
    }

    private fun toFault(fault: Exception): ChannelFault {
        if (fault is ChannelFault) return fault
        val isUnproven = generateSequence<Throwable>(fault) { it.cause }.take(8).any { it is CertificateException || it is SSLPeerUnverifiedException }
        return if (isUnproven) ChannelFault.refused("the peer did not prove itself", fault) else ChannelFault.network("no answer", fault)
    }
}
