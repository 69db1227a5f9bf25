package dev.countersign.agent

import dev.countersign.agent.channel.ChannelPolicy
import dev.countersign.agent.channel.proveManagedPath
import dev.countersign.agent.connection.ChannelFault
import dev.countersign.agent.connection.Connections
import dev.countersign.agent.connection.Timer
import dev.countersign.agent.connection.headerLine
import dev.countersign.agent.exchange.ExchangeRequest
import dev.countersign.agent.exchange.ExchangeResponse
import dev.countersign.agent.exchange.Exchanges
import java.io.ByteArrayOutputStream
import java.io.IOException
import java.io.InputStream
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger
import javax.net.ssl.HostnameVerifier
import javax.net.ssl.SSLSocket
import kotlin.concurrent.thread

/** A TLS server that notes what it is sent, up to [end], answers [answer] and closes. */
private class Peer(private val answer: String, private val end: String = "\r\n\r\n") {
    val sent = LinkedBlockingQueue<String>()
    private val server = listen(listOf("leaf", "device").map(::certificate))
    val port: Int = server.localPort

    init {
        thread(isDaemon = true) {
            try {
                server.use { it.accept().use { socket -> serve(socket as SSLSocket) } }
            } catch (_: IOException) {
                sent.offer("")
            }
        }
    }

    private fun serve(socket: SSLSocket) {
        sent.offer(readUntil(socket.inputStream))
        socket.outputStream.write(answer.toByteArray(Charsets.ISO_8859_1))
        socket.outputStream.flush()
    }

    private fun readUntil(stream: InputStream): String {
        val read = ByteArrayOutputStream()
        while (!read.toString("ISO-8859-1").endsWith(end)) {
            val byte = stream.read()
            if (byte < 0) break
            read.write(byte)
        }
        return read.toString("ISO-8859-1")
    }

    fun wasSent(): String = sent.poll(20, TimeUnit.SECONDS) ?: "nothing"
}

/** Connections of a device that knows one root, on a clock and with a timer that the test moves. */
internal fun connections(
    verifier: HostnameVerifier = HostnameVerifier { host, _ -> host == "localhost" },
    nowMs: () -> Long = { 0 },
    timer: Timer = Timer { _, _ -> },
) = Connections({ chain, _, _ -> proveManagedPath(chain, setOf(certificate("device"))) }, verifier, nowMs, timer)

private fun exchanges(verifier: HostnameVerifier = HostnameVerifier { host, _ -> host == "localhost" }) = Exchanges(connections(verifier))

private fun request(
    port: Int,
    method: String = "GET",
    headers: List<Pair<String, String>> = emptyList(),
    body: ByteArray? = null,
    upload: ExchangeRequest.Upload? = null,
    policy: ChannelPolicy = ChannelPolicy("system", emptySet(), emptyList()),
    target: String = "/a?b=%20c",
    secure: Boolean = true,
    host: String = "localhost",
) = ExchangeRequest(secure, host, port, target, method, headers, body, upload, policy)

private fun Exchanges.whole(request: ExchangeRequest): Pair<ExchangeResponse, String> {
    begin("x", request)
    val response = send("x")
    val body = StringBuilder()
    while (true) body.append(String(receive("x") ?: return response to body.toString(), Charsets.ISO_8859_1))
}

private fun codeOf(step: () -> Unit): String = try {
    step()
    "none"
} catch (fault: ChannelFault) {
    fault.code
}

internal fun exchangeTests(checks: Checks) {
    checks.check("exchange: writes a request to the letter and gives the answer's head and body") {
        val peer = Peer("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 302 Found\r\nLocation: /else\r\nX-A:  b c \r\nContent-Length: 5\r\n\r\nhello", end = "body")
        val (response, body) = exchanges().whole(request(peer.port, "POST", listOf("X-Key" to "v 1", "Accept" to "*/*"), "body".toByteArray()))
        assertEquals("POST /a?b=%20c HTTP/1.1\r\nHost: localhost:${peer.port}\r\nContent-Length: 4\r\nX-Key: v 1\r\nAccept: */*\r\n\r\nbody", peer.wasSent())
        assertEquals(302, response.status)
        assertEquals(listOf("location" to "/else", "x-a" to "b c", "content-length" to "5"), response.headers)
        assertEquals("hello", body)
    }

    checks.check("exchange: reads chunks, bodies that end with the connection, and answers that have none") {
        val chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\nwiki\r\n0A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"
        assertEquals("wiki0123456789", exchanges().whole(request(Peer(chunked).port)).second)
        assertEquals("to the end", exchanges().whole(request(Peer("HTTP/1.0 200 OK\r\n\r\nto the end").port)).second)
        assertEquals("", exchanges().whole(request(Peer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n").port, "HEAD")).second)
        assertEquals("", exchanges().whole(request(Peer("HTTP/1.1 204 None\r\n\r\n").port)).second)
        val large = "x".repeat(200_000)
        assertEquals(large, exchanges().whole(request(Peer("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n$large").port)).second)
    }

    checks.check("exchange: says network of an answer that is cut or is no answer") {
        val broken = listOf(
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ncut", "HTTP/1.1 200 OK\r\nA: b\r\n", "",
            "SSH-2.0\r\n\r\n", "HTTP/1.1 200 OK\nA: b\n\n", "HTTP/1.1 200 OK\r\nA b\r\n\r\n", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "HTTP/1.1 200 OK\r\n A: b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nab", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", "HTTP/1.1 101 Up\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: ${"x".repeat(70_000)}\r\n\r\n",
        )
        for (answer in broken) assertEquals("network", codeOf { exchanges().whole(request(Peer(answer).port)) })
        assertEquals("network", codeOf { exchanges().whole(request(1)) })
    }

    checks.check("exchange: judges a header of spaces in one go, however many they are") {
        val reads = AtomicInteger()
        val line = object : CharSequence {
            private val text = "a:" + " ".repeat(2_000) + "\u0001"
            override val length = text.length

            override fun get(index: Int): Char = text[index].also { reads.incrementAndGet() }

            override fun subSequence(startIndex: Int, endIndex: Int): CharSequence = text.subSequence(startIndex, endIndex)
        }
        assertEquals(null, headerLine.matchEntire(line))
        assertTrue(reads.get() < 10 * line.length, "looked ${reads.get()} times")
    }

    checks.check("exchange: writes nothing to a peer that does not prove itself") {
        val stranger = ChannelPolicy("pins", setOf("A".repeat(43)), emptyList())
        val pinned = Peer("HTTP/1.1 200 OK\r\n\r\n")
        assertEquals("channel_refused", codeOf { exchanges().whole(request(pinned.port, policy = stranger)) })
        assertEquals("", pinned.wasSent())
        val misnamed = Peer("HTTP/1.1 200 OK\r\n\r\n")
        assertEquals("channel_refused", codeOf { exchanges { _, _ -> false }.whole(request(misnamed.port)) })
        assertEquals("", misnamed.wasSent())
        assertEquals("channel_refused", codeOf { exchanges().whole(request(80, secure = false, host = "example.com")) })
    }

    checks.check("exchange: takes a body in pieces, by its length or in chunks") {
        for ((length, framing, sent) in listOf(Triple(null, "Transfer-Encoding: chunked", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), Triple(5L, "Content-Length: 5", "abcde"))) {
            val peer = Peer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", end = if (length == null) "\r\n0\r\n\r\n" else "abcde")
            val exchanges = exchanges()
            exchanges.begin("x", request(peer.port, "PUT", upload = ExchangeRequest.Upload(length)))
            val uploads = thread { for (piece in listOf("abc", "", "de")) exchanges.upload("x", piece.toByteArray()).also { if (piece == "de") exchanges.upload("x", null) } }
            assertEquals(200, exchanges.send("x").status)
            uploads.join()
            assertEquals("PUT /a?b=%20c HTTP/1.1\r\nHost: localhost:${peer.port}\r\n$framing\r\n\r\n$sent", peer.wasSent())
        }
        val peer = Peer("", end = "never")
        val exchanges = exchanges()
        exchanges.begin("x", request(peer.port, "PUT", upload = ExchangeRequest.Upload(2)))
        thread(isDaemon = true) { codeOf { exchanges.send("x") } }
        assertEquals("network", codeOf { exchanges.upload("x", ByteArray(3)) })
    }

    checks.check("exchange: ends where it is abandoned, and knows it no more") {
        val peer = Peer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", end = "never")
        val exchanges = exchanges()
        exchanges.begin("x", request(peer.port))
        val ended = LinkedBlockingQueue<String>()
        thread { ended.offer(codeOf { exchanges.send("x") }) }
        exchanges.abandon("x")
        assertEquals("aborted", ended.poll(20, TimeUnit.SECONDS))
        assertEquals("aborted", codeOf { exchanges.receive("x") })
        exchanges.abandon("x")
    }

    checks.check("exchange: refuses a request whose parts would end a line, or are not the caller's to write") {
        val bad = listOf(
            request(1, method = "GET /x HTTP/1.1\r\nA:"), request(1, method = ""), request(1, method = "CONNECT"), request(1, target = "/a b"), request(1, target = "a"),
            request(1, target = "/\r\nA: b"), request(1, target = "/é"), request(1, host = "a\r\nb"), request(1, host = "A.example"), request(1, host = "a/b"), request(0),
            request(1, headers = listOf("a b" to "c")), request(1, headers = listOf("a" to "b\r\nc: d")), request(1, headers = listOf("a" to " b")), request(1, headers = listOf("a" to "b\u0000")),
        ) + listOf("Host", "content-length", "Transfer-Encoding", "Connection", "Expect").map { request(1, headers = listOf(it to "x")) }
        for (each in bad) assertThrows<IllegalArgumentException> { exchanges().begin("x", each) }
    }
}
