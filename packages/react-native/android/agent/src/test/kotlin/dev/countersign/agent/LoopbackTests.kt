package dev.countersign.agent

import dev.countersign.agent.channel.ChannelPolicy
import dev.countersign.agent.exchange.ExchangeRequest
import dev.countersign.agent.exchange.Exchanges
import dev.countersign.agent.websocket.WebSocketEvent
import dev.countersign.agent.websocket.WebSocketRequest
import dev.countersign.agent.websocket.WebSockets

/** Against servers that this project did not write: Node's, and the WebSockets of `ws`. */
internal fun loopbackTests(checks: Checks) {
    val port = System.getProperty("countersign.loopback").toInt()
    val policy = ChannelPolicy("roots", emptySet(), listOf(certificate("device").encoded))

    checks.check("loopback: exchanges with Node's server share a connection") {
        val exchanges = Exchanges(connections())
        val answers = List(3) { index ->
            val (method, body) = if (index == 1) "POST" to "body".toByteArray() else "GET" to null
            exchanges.begin("$index", ExchangeRequest(true, "localhost", port, "/", method, emptyList(), body, null, policy))
            exchanges.send("$index")
            generateSequence { exchanges.receive("$index") }.joinToString("") { String(it) }
        }
        val (first) = Regex("connection (\\d+), request 1").matchEntire(answers[0])?.destructured ?: throw AssertionError(answers[0])
        assertEquals(List(3) { "connection $first, request ${it + 1}" }, answers)
    }

    checks.check("loopback: a WebSocket to the package ws carries messages both ways, to a clean end") {
        val sockets = WebSockets(connections())
        sockets.begin("s", WebSocketRequest(true, "localhost", port, "/", emptyList(), listOf("news", "chat"), policy))
        assertEquals("chat", sockets.open("s"))
        val long = "é".repeat(200_000)
        for (text in listOf("hello", "", long)) {
            sockets.send("s", text)
            assertEquals(text, (sockets.next("s") as WebSocketEvent.Text).text)
        }
        val bytes = ByteArray(100_000) { it.toByte() }
        sockets.send("s", bytes)
        assertTrue(bytes.contentEquals((sockets.next("s") as WebSocketEvent.Bytes).bytes))
        sockets.send("s", "fragments")
        assertEquals("fragments", (sockets.next("s") as WebSocketEvent.Text).text)
        sockets.send("s", "ping")
        assertEquals("pong are you there", (sockets.next("s") as WebSocketEvent.Text).text)
        sockets.send("s", "end")
        assertEquals(listOf("closed 4001 as you wish true"), within { sockets.told() })
    }

    checks.check("loopback: a WebSocket to the package ws is closed from here with code and reason, after what was sent") {
        val sockets = WebSockets(connections())
        sockets.begin("s", WebSocketRequest(true, "localhost", port, "/", emptyList(), emptyList(), policy))
        assertEquals("", sockets.open("s"))
        sockets.send("s", "the last")
        sockets.close("s", 3001, "done here")
        assertEquals(listOf("text the last", "closed 3001 done here true"), within { sockets.told() })
    }
}
