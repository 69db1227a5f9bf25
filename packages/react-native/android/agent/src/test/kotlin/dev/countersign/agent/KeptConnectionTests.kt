package dev.countersign.agent

import dev.countersign.agent.channel.ChannelPolicy
import dev.countersign.agent.connection.ChannelFault
import dev.countersign.agent.connection.Timer
import dev.countersign.agent.exchange.ExchangeRequest
import dev.countersign.agent.exchange.Exchanges
import kotlin.concurrent.thread

private const val OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
private const val CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
private val system = ChannelPolicy("system", emptySet(), emptyList())

/** Asks and reads the answer to its end; what came, or the code of the fault. */
private fun Exchanges.ask(port: Int, method: String = "GET", policy: ChannelPolicy = system, upload: ExchangeRequest.Upload? = null): String {
    val name = "$port $method ${System.nanoTime()}"
    begin(name, ExchangeRequest(true, "localhost", port, "/", method, emptyList(), null, upload, policy))
    return try {
        if (upload != null) thread { try { upload(name, "up".toByteArray()); upload(name, null) } catch (_: ChannelFault) { } }
        val text = StringBuilder("${send(name).status} ")
        while (true) text.append(String(receive(name) ?: break))
        text.toString()
    } catch (fault: ChannelFault) {
        fault.code
    }
}

internal fun keptConnectionTests(checks: Checks) {
    checks.check("kept connection: carries the next exchange to the same peer under the same policy") {
        val peer = Dialogues(listOf(OK, CHUNKED, "HTTP/1.1 204 None\r\n\r\n", OK, OK))
        val exchanges = Exchanges(connections())
        assertEquals("200 ok", exchanges.ask(peer.port))
        assertEquals("200 ok", exchanges.ask(peer.port, "POST"))
        assertEquals("204 ", exchanges.ask(peer.port, "DELETE"))
        assertEquals("200 ", exchanges.ask(peer.port, "HEAD"))
        assertEquals(listOf("0 GET /", "0 POST /", "0 DELETE /", "0 HEAD /"), List(4) { peer.next() })
    }

    checks.check("kept connection: never carries what another policy is for, and ends with the policy") {
        val peer = Dialogues(listOf(OK, OK), listOf(OK), listOf(OK), listOf(OK))
        val exchanges = Exchanges(connections())
        val policies = listOf(system, ChannelPolicy("roots", emptySet(), listOf(certificate("device").encoded)), ChannelPolicy("system", setOf("A".repeat(43)), emptyList()))
        for (policy in policies) assertEquals("200 ok", exchanges.ask(peer.port, policy = policy))
        val noted = List(5) { peer.next() }
        assertEquals(listOf("0 GET /", "0 ended", "1 GET /", "1 ended", "2 GET /"), noted.sorted())
        val strict = ChannelPolicy("pins", setOf("A".repeat(43)), emptyList())
        assertEquals("channel_refused", exchanges.ask(peer.port, policy = strict))
        assertEquals(listOf("2 ended", "3 ended"), List(2) { peer.next() }.sorted())
    }

    checks.check("kept connection: is not used where the answer says close, has no end of its own, or was not read whole") {
        val closing = listOf("HTTP/1.1 200 OK\r\nConnection: Keep-Alive, Close\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")
        for (answer in closing) {
            val peer = Dialogues(listOf(answer, OK), listOf(OK))
            val exchanges = Exchanges(connections())
            repeat(2) { assertEquals("200 ok", exchanges.ask(peer.port)) }
            assertEquals(listOf("0 GET /", "0 ended", "1 GET /"), List(3) { peer.next() }.sorted())
        }
        val peer = Dialogues(listOf(OK, OK), listOf(OK))
        val exchanges = Exchanges(connections())
        exchanges.begin("x", ExchangeRequest(true, "localhost", peer.port, "/", "GET", emptyList(), null, null, system))
        assertEquals(200, exchanges.send("x").status)
        exchanges.abandon("x")
        assertEquals("200 ok", exchanges.ask(peer.port))
        assertEquals(listOf("0 GET /", "0 ended", "1 GET /"), List(3) { peer.next() }.sorted())
    }

    checks.check("kept connection: ends where something comes after the answer") {
        val peer = Dialogues(listOf("${OK}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", OK), listOf(OK))
        val exchanges = Exchanges(connections())
        assertEquals("200 ok", exchanges.ask(peer.port))
        assertEquals(listOf("0 GET /", "0 ended"), List(2) { peer.next() })
        assertEquals("200 ok", exchanges.ask(peer.port))
        assertEquals("1 GET /", peer.next())
    }

    checks.check("kept connection: is none where the answer came before all of the request was written") {
        val peer = Dialogues(listOf(OK, OK), listOf(OK))
        val exchanges = Exchanges(connections())
        exchanges.begin("x", ExchangeRequest(true, "localhost", peer.port, "/", "PUT", emptyList(), null, ExchangeRequest.Upload(9), system))
        assertEquals(200, exchanges.send("x").status)
        while (exchanges.receive("x") != null) continue
        assertEquals(listOf("0 PUT /", "0 ended"), List(2) { peer.next() })
        assertEquals("200 ok", exchanges.ask(peer.port))
    }

    checks.check("kept connection: is no error where it ended meanwhile") {
        for (method in listOf("GET", "POST")) {
            val peer = Dialogues(listOf(OK + Dialogues.ENDS), listOf(OK))
            val exchanges = Exchanges(connections())
            assertEquals("200 ok", exchanges.ask(peer.port))
            assertEquals(listOf("0 GET /", "0 ends"), List(2) { peer.next() })
            assertEquals("200 ok", exchanges.ask(peer.port, method))
            assertEquals("1 $method /", peer.next())
        }
    }

    checks.check("kept connection: repeats a request that asks for nothing, once, where the peer ends the connection before an answer") {
        for (method in listOf("GET", "OPTIONS")) {
            val peer = Dialogues(listOf(OK, null), listOf(OK))
            val exchanges = Exchanges(connections())
            repeat(2) { assertEquals("200 ok", exchanges.ask(peer.port, method)) }
            assertEquals(listOf("0 $method /", "0 $method /", "1 $method /"), List(3) { peer.next() })
        }
        val peer = Dialogues(listOf(OK, null), listOf(null), listOf(OK))
        val exchanges = Exchanges(connections())
        assertEquals(listOf("200 ok", "network"), List(2) { exchanges.ask(peer.port) })
    }

    checks.check("kept connection: never repeats a request that does something, has begun to stream, or began to be answered") {
        for (method in listOf("POST", "PUT", "DELETE", "PATCH")) {
            val peer = Dialogues(listOf(OK, null), listOf(OK))
            val exchanges = Exchanges(connections())
            assertEquals(listOf("200 ok", "network"), listOf(exchanges.ask(peer.port), exchanges.ask(peer.port, method)))
            assertEquals(listOf("0 GET /", "0 $method /", false), listOf(peer.next(), peer.next(), peer.hasNoted()))
        }
        val streamed = Dialogues(listOf(OK, null), listOf(OK))
        val exchanges = Exchanges(connections())
        assertEquals("200 ok", exchanges.ask(streamed.port))
        assertEquals("network", exchanges.ask(streamed.port, "GET", upload = ExchangeRequest.Upload(null)))
        val begun = Dialogues(listOf(OK, "HTTP/1.1 2${Dialogues.ENDS}"), listOf(OK))
        assertEquals(listOf("200 ok", "network"), List(2) { exchanges.ask(begun.port) })
        assertEquals(listOf("0 GET /", "0 GET /", "0 ends"), List(3) { begun.next() })
    }

    checks.check("kept connection: is used for a while only, as long as the peer says, and up to an age") {
        for ((answer, after) in listOf(OK to 30_000L, OK.replace("\r\n\r\n", "\r\nKeep-Alive: timeout=5, max=9\r\n\r\n") to 4_000L)) {
            var now = 0L
            val peer = Dialogues(listOf(answer, answer), listOf(answer))
            val exchanges = Exchanges(connections(nowMs = { now }))
            exchanges.ask(peer.port)
            now += after - 1
            exchanges.ask(peer.port)
            now += after
            exchanges.ask(peer.port)
            assertEquals(listOf("0 GET /", "0 GET /", "0 ended", "1 GET /"), List(4) { peer.next() }.sorted())
        }
        var now = 0L
        val peer = Dialogues(List(12) { OK }, listOf(OK))
        val exchanges = Exchanges(connections(nowMs = { now }))
        repeat(13) {
            exchanges.ask(peer.port)
            now += 26_000
        }
        assertEquals(listOf("0 ended", "1 GET /"), List(14) { peer.next() }.sorted().takeLast(2))
    }

    checks.check("kept connection: there are few, they end by themselves, and all at once when they are told to") {
        var now = 0L
        val due = ArrayList<() -> Unit>()
        val exchanges = Exchanges(connections(nowMs = { now }, timer = Timer { _, work -> due.add(work) }))
        val peers = List(10) { Dialogues(listOf(OK, OK), listOf(OK)) }
        for (peer in peers.take(9)) assertEquals(listOf("200 ok", "0 GET /"), listOf(exchanges.ask(peer.port), peer.next()))
        assertEquals("0 ended", peers[0].next())
        assertTrue(!peers[1].hasNoted())
        now += 30_000
        due.first()()
        for (peer in peers.slice(1..8)) assertEquals("0 ended", peer.next())
        assertEquals("200 ok", exchanges.ask(peers[9].port))
        exchanges.abandonAll()
        assertEquals(listOf("0 GET /", "0 ended"), List(2) { peers[9].next() })
    }
}
