package dev.countersign.core

import dev.countersign.agent.protocol.encodeBase64Url
import dev.countersign.agent.protocol.quoted
import dev.countersign.okhttp.Checks
import dev.countersign.okhttp.TestNames
import dev.countersign.okhttp.assertEquals
import dev.countersign.okhttp.assertThrows
import dev.countersign.okhttp.assertTrue
import java.io.IOException
import java.net.InetAddress
import java.net.UnknownHostException
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import okhttp3.Call
import okhttp3.Dns
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.WebSocket
import okhttp3.WebSocketListener
import kotlin.concurrent.thread

/** An engine without a script: `start` is answered, and what else is asked goes to [answer], which says null where nothing is to be answered. */
private class Scripted(private val host: ScriptHost, private val answer: (String) -> String?) : ScriptEngine {
    val asked = LinkedBlockingQueue<String>()

    override fun run(statement: String) {
        val id = statement.substringAfter('(').substringBefore(',').toLong()
        if ("\"start\"" in statement) return host.answer(id, "{\"value\":{}}")
        asked.add(statement)
        answer(statement)?.let { host.answer(id, it) }
    }

    override fun close() {}
}

private object NoNative : NativeHalf {
    override fun callText(name: String, of: String, answer: (String) -> Unit) = Unit

    override fun randomBytes(length: Int): String = ""

    override fun continuousMs(): Double = 0.0

    override fun abandonAll() = Unit
}

/** Of a client that has the interceptor no name is ever looked up. */
private object NoNetwork : Dns {
    override fun lookup(hostname: String): List<InetAddress> = throw UnknownHostException("the network was asked")
}

private class Told(answer: (String) -> String?) {
    lateinit var engine: Scripted
    private val agent = CountersignAgent("{}") { HostedAgent(NoNative) { host -> Scripted(host, answer).also { engine = it } } }
    val client: OkHttpClient = OkHttpClient.Builder().dns(NoNetwork).addInterceptor(CountersignInterceptor(agent)).build()
}

private fun whole(status: Int, headers: String, body: String) =
    "{\"value\":{\"status\":$status,\"url\":\"https://api.example.com/\",\"headers\":$headers,\"body\":${quoted(encodeBase64Url(body.toByteArray()))}}}"

internal fun interceptorTests(checks: Checks) {
    val address = "https://api.example.com/photos?key=cs-nasa-abcdefghij"

    checks.check("interceptor: hands over the request as it was written, and the answer as it was read") {
        val told = Told { whole(201, "[[\"set-cookie\",\"a=1\"],[\"set-cookie\",\"b=2\"],[\"content-type\",\"text/plain\"]]", "made") }
        val request = Request.Builder().url(address).header("X-Key", "cs-nasa-abcdefghij").post(TestNames.body()).build()
        told.client.newCall(request).execute().use {
            assertEquals(201, TestNames.code(it))
            assertEquals(listOf("a=1", "b=2"), it.headers("Set-Cookie"))
            assertEquals("made", TestNames.text(it))
        }
        val asked = told.engine.asked.remove()
        for (part in listOf(quoted(quoted(address)).trim('"'), "cs-nasa-abcdefghij", "X-Key", "text/plain", encodeBase64Url("body".toByteArray()), "POST")) {
            assertTrue(part in asked, "$part is not in $asked")
        }
    }

    checks.check("interceptor: a refusal is an IOException that says why, and nothing goes past the agent") {
        val told = Told { "{\"fault\":{\"code\":\"refused\",\"message\":\"no\",\"arc\":\"ABC\"}}" }
        val fault = assertThrows<IOException> { told.client.newCall(Request.Builder().url(address).build()).execute() }
        assertEquals("refused" to "ABC", (fault.cause as CountersignException).let { it.code to it.arc })
    }

    checks.check("interceptor: a call that is given up is given up by the agent") {
        val told = Told { null }
        val call: Call = told.client.newCall(Request.Builder().url(address).build())
        val caller = thread { assertThrows<IOException> { call.execute() } }
        assertTrue(told.let { while (!isAsked(it)) Thread.onSpinWait(); "fetch" in it.engine.asked.take() }, "not asked")
        call.cancel()
        caller.join(10_000)
        assertTrue(told.engine.asked.poll(10, TimeUnit.SECONDS)?.contains("abandon") == true, "not given up")
    }

    checks.check("interceptor: opens no WebSocket past the agent") {
        val told = Told { null }
        val failed = LinkedBlockingQueue<String>()
        told.client.newWebSocket(Request.Builder().url(address).build(), object : WebSocketListener() {
            override fun onFailure(webSocket: WebSocket, t: Throwable, response: okhttp3.Response?) {
                failed.add(t.message.orEmpty())
            }
        })
        assertTrue(failed.poll(10, TimeUnit.SECONDS)?.contains("WebSocket") == true, "not refused")
    }
}

private fun isAsked(told: Told): Boolean = try {
    told.engine.asked.isNotEmpty()
} catch (_: UninitializedPropertyAccessException) {
    false
}

fun main() {
    interceptorTests(Checks())
    Runtime.getRuntime().halt(0)
}
