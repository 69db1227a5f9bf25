package dev.countersign.agent

import dev.countersign.agent.channel.ChannelPolicy
import dev.countersign.agent.connection.ChannelFault
import dev.countersign.agent.connection.Timer
import dev.countersign.agent.websocket.WebSocketEvent
import dev.countersign.agent.websocket.WebSocketLimits
import dev.countersign.agent.websocket.WebSocketRequest
import dev.countersign.agent.websocket.WebSockets
import dev.countersign.agent.websocket.acceptOf
import java.util.Base64
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread

private val limits = WebSocketLimits(messageBytes = 100_000, fragments = 5, waitingBytes = 1 shl 20)

private fun opening(
    port: Int,
    protocols: List<String> = emptyList(),
    headers: List<Pair<String, String>> = emptyList(),
    policy: ChannelPolicy = ChannelPolicy("system", emptySet(), emptyList()),
    secure: Boolean = true,
    host: String = "localhost",
    target: String = "/chat?a=%20",
) = WebSocketRequest(secure, host, port, target, headers, protocols, policy)

private fun sockets(timer: Timer = Timer { _, _ -> }) = WebSockets(connections(timer = timer), limits)

private fun WebSockets.opened(request: WebSocketRequest): String {
    begin("s", request)
    return open("s")
}

internal fun codeOfFault(step: () -> Unit): String = try {
    step()
    "none"
} catch (fault: ChannelFault) {
    fault.code
}

/** Each event as a text, up to the end. */
internal fun WebSockets.told(name: String = "s"): List<String> {
    val told = ArrayList<String>()
    while (true) {
        when (val event = next(name)) {
            is WebSocketEvent.Text -> told.add("text ${event.text}")
            is WebSocketEvent.Bytes -> told.add("bytes ${event.bytes.joinToString(",")}")
            is WebSocketEvent.Closed -> return told + "closed ${event.ending.code} ${event.ending.reason} ${event.ending.wasClean}"
        }
    }
}

private const val BROKEN = "closed 1006  false"

/** What a client tells of what the server wrote, and the frame that it wrote itself. */
private fun after(written: String): Pair<List<String>, String> {
    val peer = SocketPeer { write(it, written) }
    val sockets = sockets()
    sockets.opened(opening(peer.port))
    return within { sockets.told() } to peer.wasSent()
}

internal fun webSocketTests(checks: Checks) {
    checks.check("websocket: opens as RFC 6455 has it, with the caller's headers and subprotocols and no extension") {
        assertEquals("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", acceptOf(Base64.getDecoder().decode("dGhlIHNhbXBsZSBub25jZQ==")))
        val peer = SocketPeer({ it.removeSuffix("\r\n") + "Sec-WebSocket-Protocol: b\r\n\r\n" })
        assertEquals("b", sockets().opened(opening(peer.port, listOf("a", "b"), listOf("Authorization" to "DPoP x", "Origin" to "https://a.example"))))
        val head = peer.wasSentHead()
        val key = head.first { it.startsWith("Sec-WebSocket-Key: ") }
        assertEquals(16, Base64.getDecoder().decode(key.substringAfter(": ")).size)
        val rest = listOf(
            "GET /chat?a=%20 HTTP/1.1", "Host: localhost:${peer.port}", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Protocol: a, b", "Authorization: DPoP x", "Origin: https://a.example",
        )
        assertEquals(rest, head - key)
    }

    checks.check("websocket: takes no answer that is no yes to its own opening") {
        val no = listOf<(String) -> String>(
            { it.replace("101 Up", "200 OK") }, { "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n" }, { "HTTP/1.1 302 Found\r\nLocation: /else\r\nContent-Length: 0\r\n\r\n" },
            { it.replace(Regex("Accept: .{8}"), "Accept: AAAAAAAA") }, { it.replace(Regex("Sec-WebSocket-Accept: .*\r\n"), "") },
            { it.replace(Regex("(Sec-WebSocket-Accept: .*\r\n)"), "$1$1") }, { it.replace("Upgrade: WebSocket\r\n", "") }, { it.replace("WebSocket\r\n", "WebSocket, h2c\r\n") },
            { it.replace("keep-alive, Upgrade", "keep-alive") }, { it.removeSuffix("\r\n") + "Sec-WebSocket-Protocol: c\r\n\r\n" },
            { it.removeSuffix("\r\n") + "Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: a\r\n\r\n" },
            { it.removeSuffix("\r\n") + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n" }, { "SSH-2.0\r\n\r\n" }, { it.replace("\r\n", "\n") },
        )
        for (change in no) assertEquals("network", codeOfFault { sockets().opened(opening(SocketPeer(change) { it.close() }.port, listOf("a"))) })
        assertEquals("network", codeOfFault { sockets().opened(opening(1)) })
    }

    checks.check("websocket: writes nothing to a peer that does not prove itself, and plain text to this device alone") {
        val stranger = ChannelPolicy("pins", setOf("A".repeat(43)), emptyList())
        val peer = SocketPeer()
        assertEquals("channel_refused", codeOfFault { sockets().opened(opening(peer.port, policy = stranger)) })
        assertEquals("channel_refused", codeOfFault { sockets().opened(opening(80, secure = false, host = "example.com")) })
    }

    checks.check("websocket: refuses an opening whose parts would end a line, or are not the caller's to write") {
        val bad = listOf(opening(1, target = "/a b"), opening(1, host = "A"), opening(0), opening(1, listOf("a", "a")), opening(1, listOf("a b")), opening(1, listOf(""))) +
            listOf("Host", "Connection", "Upgrade", "Sec-WebSocket-Key", "sec-websocket-extensions", "Content-Length").map { opening(1, headers = listOf(it to "x")) } +
            opening(1, headers = listOf("a" to "b\r\nc: d"))
        for (each in bad) assertThrows<IllegalArgumentException> { sockets().begin("s", each) }
    }

    checks.check("websocket: gives messages in order, whole, with control frames between their fragments") {
        val long = "x".repeat(70_000)
        val (told, _) = after(
            frame(0x81, "one") + frame(0x01, "tw\u00c3") + frame(0x89, "ping") + frame(0x8a, "") + frame(0x00, "") + frame(0x80, "\u00b6") + frame(0x82, "\u0000\u00ff") +
                "\u0081\u007e\u00c3\u0050" + "y".repeat(50_000) + "\u0082\u007f\u0000\u0000\u0000\u0000\u0000\u0001\u0011\u0070" + long + frame(0x81, "") +
                frame(0x88, "\u0003\u00e8bye \u00e2\u0082\u00ac"),
        )
        assertEquals(listOf("text one", "text twö", "bytes 0,-1", "text ${"y".repeat(50_000)}"), told.take(4))
        assertEquals(70_000 * 4 - 1, told[4].removePrefix("bytes ").length)
        assertEquals(listOf("text ", "closed 1000 bye € true"), told.drop(5))
    }

    checks.check("websocket: answers pings with their bytes and a closing frame with its code, each under a mask") {
        val peer = SocketPeer { socket ->
            write(socket, frame(0x89, "are you there"))
            readFrame()
            write(socket, frame(0x88, "\u000f\u00a1over"))
        }
        val sockets = sockets()
        sockets.opened(opening(peer.port))
        assertEquals(listOf("closed 4001 over true"), within { sockets.told() })
        assertEquals(listOf("10 are you there", "8 \u000f\u00a1"), List(2) { peer.wasSent() })
        assertEquals("aborted", codeOfFault { sockets.next("s") })
        assertEquals(listOf("closed 1005  true") to "8 ", after(frame(0x88, "")))
    }

    checks.check("websocket: ends at a frame that breaks the protocol, and says which way") {
        val protocol = "8 \u0003\u00ea"
        val bad = listOf(
            frame(0xc1, "reserved bit"), frame(0xa1, "reserved bit"), frame(0x91, "reserved bit"), frame(0x83, "unknown"), frame(0x87, ""), frame(0x8b, ""), frame(0x8f, ""),
            "\u0081\u0083\u0001\u0002\u0003\u0004abc", frame(0x80, "nothing to go on with"), frame(0x00, "x"), frame(0x01, "a") + frame(0x81, "b"), frame(0x01, "a") + frame(0x02, "b"),
            frame(0x09, "a ping in pieces"), frame(0x08, ""), frame(0x0a, ""), "\u0089\u007e\u0000\u007e" + "x".repeat(126), "\u0081\u007e\u0000\u0005hello",
            "\u0081\u007f\u0000\u0000\u0000\u0000\u0000\u0000\u00ff\u00ff", "\u0082\u007f\u0080\u0000\u0000\u0000\u0000\u0000\u0000\u0001", frame(0x88, "x"),
            frame(0x88, "\u0003\u00ed"), frame(0x88, "\u0003\u00ee"), frame(0x88, "\u0003\u00f7"), frame(0x88, "\u0000\u0000"), frame(0x88, "\u0013\u0088"), frame(0x88, "\u0007\u00d0"),
        )
        for (each in bad) assertEquals(listOf(BROKEN) to protocol, after(each))
        for (each in listOf("\u00ff", "\u00c3", "\u00ed\u00a0\u0080", "\u00c0\u0080", "\u00f4\u0090\u0080\u0080")) assertEquals(listOf(BROKEN) to "8 \u0003\u00ef", after(frame(0x81, each)))
        assertEquals(listOf(BROKEN) to "8 \u0003\u00ef", after(frame(0x88, "\u0003\u00e8\u00ff")))
        val big = "8 \u0003\u00f1"
        assertEquals(listOf(BROKEN) to big, after("\u0082\u007f\u0000\u0000\u0000\u0000\u0000\u0001\u0086\u00a1"))
        assertEquals(listOf(BROKEN) to big, after("\u0082\u007f\u007f\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff"))
        assertEquals(listOf(BROKEN) to big, after("\u0002\u007e\u00c3\u0050" + "y".repeat(50_000) + "\u0080\u007e\u00c3\u0051"))
        assertEquals(listOf(BROKEN) to big, after(frame(0x01, "") + frame(0x00, "").repeat(5)))
    }

    checks.check("websocket: an end without a closing handshake is none that is clean") {
        for (written in listOf("", "\u0081", "\u0081\u0005hel", frame(0x01, "half"), "\u0082\u007f\u0000\u0000\u0000\u0000\u0000\u0001\u0086\u00a0some")) {
            val peer = SocketPeer { socket ->
                write(socket, written)
                socket.close()
            }
            val sockets = sockets()
            sockets.opened(opening(peer.port))
            assertEquals(listOf(BROKEN), within { sockets.told() })
        }
    }

    checks.check("websocket: writes messages whole, masked and in order, and the closing frame after them") {
        val peer = SocketPeer { socket -> repeat(5) { readFrame() }.also { write(socket, frame(0x88, "\u000b\u00b8ok")) } }
        val sockets = sockets()
        sockets.opened(opening(peer.port))
        val long = "z".repeat(70_000)
        val written = listOf(sockets.send("s", "é\u20ac"), sockets.send("s", byteArrayOf(0, -1)), sockets.send("s", "q".repeat(300)), sockets.send("s", long))
        sockets.close("s", 3000, "enough")
        assertEquals("network", codeOfFault { sockets.send("s", "too late") })
        assertEquals(listOf("closed 3000 ok true"), within { sockets.told() })
        for (each in written) each.get(20, TimeUnit.SECONDS)
        val expected = listOf("1 \u00c3\u00a9\u00e2\u0082\u00ac", "2 \u0000\u00ff", "1 ${"q".repeat(300)}", "1 $long", "8 \u000b\u00b8enough")
        assertEquals(expected, List(5) { peer.wasSent() })
    }

    checks.check("websocket: sends no code and no reason that a closing frame may not have") {
        val sockets = sockets()
        sockets.opened(opening(SocketPeer().port))
        for (code in listOf(0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65536)) assertThrows<IllegalArgumentException> { sockets.close("s", code, "") }
        assertThrows<IllegalArgumentException> { sockets.close("s", 1000, "x".repeat(124)) }
        assertThrows<IllegalArgumentException> { sockets.close("s", null, "x") }
        sockets.close("nobody", null, "")
    }

    checks.check("websocket: holds no more than a bound for a peer that does not read, and ends there") {
        val peer = SocketPeer { Thread.sleep(Long.MAX_VALUE) }
        val sockets = sockets()
        sockets.opened(opening(peer.port))
        val part = ByteArray(100_000)
        assertEquals("network", codeOfFault { repeat(200) { sockets.send("s", part) } })
        assertEquals(listOf(BROKEN), within { sockets.told() })
        assertEquals("network", codeOfFault { sockets.opened(opening(1)) })
    }

    checks.check("websocket: ends where the peer does not answer, the opening or the closing") {
        val due = LinkedBlockingQueue<() -> Unit>()
        val silent = SocketPeer({ "" })
        val opening = sockets { _, work -> due.offer(work) }
        val opened = LinkedBlockingQueue<String>()
        thread { opened.offer(codeOfFault { opening.opened(opening(silent.port)) }) }
        silent.wasSentHead()
        due.take()()
        assertEquals("network", opened.poll(20, TimeUnit.SECONDS))

        val deaf = SocketPeer()
        val closing = sockets { _, work -> due.offer(work) }
        closing.opened(opening(deaf.port))
        due.clear()
        closing.close("s", null, "")
        assertEquals("8 ", deaf.wasSent())
        due.take()()
        assertEquals(listOf(BROKEN), within { closing.told() })
    }

    checks.check("websocket: ends where it is given up before it is open, and all at once where they are told to") {
        val silent = SocketPeer({ "" })
        val sockets = sockets()
        val opened = LinkedBlockingQueue<String>()
        thread { opened.offer(codeOfFault { sockets.opened(opening(silent.port)) }) }
        silent.wasSentHead()
        sockets.close("s", null, "")
        assertEquals("aborted", opened.poll(20, TimeUnit.SECONDS))

        val peer = SocketPeer { write(it, frame(0x81, "hello")) }
        sockets.opened(opening(peer.port))
        assertTrue(sockets.next("s") is WebSocketEvent.Text)
        sockets.send("s", "x").get(20, TimeUnit.SECONDS)
        val link = thread { opened.offer(codeOfFault { opened.offer(sockets.told().single()) }) }
        sockets.abandonAll()
        link.join(20_000)
        assertTrue(opened.poll() in listOf(BROKEN, "aborted"))
        assertEquals("aborted", codeOfFault { sockets.send("s", "x") })
    }
}
