package dev.countersign.okhttp

import dev.countersign.agent.channel.ChannelPolicy
import java.io.IOException
import java.net.InetAddress
import java.net.ServerSocket
import java.nio.file.Files
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread
import okhttp3.Cache
import okhttp3.Dns
import okhttp3.Interceptor
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.Response
import okhttp3.WebSocket
import okhttp3.WebSocketListener

private const val API = "api.example.com"
private const val OTHER = "other.example.com"

/** Every name leads to this machine. */
private object Here : Dns {
    override fun lookup(hostname: String): List<InetAddress> = listOf(InetAddress.getLoopbackAddress())
}

/** What no network interceptor sees: answers that are kept, and WebSockets. */
internal fun pastTheGuardTests(checks: Checks) {
    checks.check("a redirect that was kept takes nothing to another origin either") {
        val folder = Files.createTempDirectory("countersign-cache").toFile()
        LoopbackServer(contextOf("leaf", "device")).use { server ->
            LoopbackServer(contextOf("leaf", "device")).use { there ->
                val keeps = object : Interceptor {
                    override fun intercept(chain: Interceptor.Chain): Response =
                        chain.proceed(chain.request()).newBuilder().header("Cache-Control", "max-age=600").build()
                }
                val policy = ChannelPolicy("pins", setOf(pinOf("leaf")), emptyList())
                val client = OkHttpClient.Builder().dns(Here).cache(Cache(folder, 1_000_000)).addNetworkInterceptor(keeps)
                    .pinnedWithRedirects { host, _ -> policy.takeIf { host == API } }.build()
                fun ask(target: String) = Request.Builder().url("https://$API:${server.port}/to=$target")
                val away = "https://$OTHER:${there.port}/there"
                fun code(request: Request.Builder) = client.newCall(request.build()).execute().use(TestNames::code)
                assertEquals(200, code(ask(away)))
                assertEquals(307, code(ask(away).header("X-Token", "secret")))
                assertTrue(there.requests.none { "secret" in it }, "the token went along")
                // What was stopped is not kept for those who may go on.
                assertEquals(200, code(ask("$away/2")))
                assertEquals(307, code(ask("$away/3").header("X-Token", "secret")))
                assertEquals(200, code(ask("$away/3")))
                // One that stays is kept as ever.
                assertEquals(listOf(200, 200), List(2) { code(ask("/home")) })
                assertEquals(1, server.requests.count { "/to=/home" in it })
            }
        }
        folder.deleteRecursively()
    }

    checks.check("opens no WebSocket in the clear where a policy stands") {
        val read = AtomicInteger()
        ServerSocket(0, 4, InetAddress.getLoopbackAddress()).use { server ->
            thread(isDaemon = true) {
                try {
                    while (true) server.accept().use { if (it.getInputStream().read() >= 0) read.incrementAndGet() }
                } catch (_: IOException) {
                    // It is over.
                }
            }
            val policy = ChannelPolicy("system", emptySet(), emptyList())
            val client = OkHttpClient.Builder().dns(Here).pinned { _, port -> policy.takeIf { port == server.localPort } }.build()
            val failed = CompletableFuture<Throwable>()
            client.newWebSocket(Request.Builder().url("ws://$API:${server.localPort}/").build(), object : WebSocketListener() {
                override fun onFailure(webSocket: WebSocket, t: Throwable, response: Response?) {
                    failed.complete(t)
                }
            })
            assertTrue(failed.get(10, TimeUnit.SECONDS) is UnprovenConnection, "refused for another reason")
            assertEquals(0, read.get())
        }
    }

    checks.check("follows no redirect into the clear where a policy stands") {
        LoopbackServer(contextOf("leaf", "device")).use { server ->
            LoopbackServer(contextOf("leaf", "device")).use { there ->
                val policy = ChannelPolicy("system", emptySet(), emptyList())
                val client = OkHttpClient.Builder().dns(Here).pinnedWithRedirects { host, _ -> policy.takeIf { host == API } }.build()
                val away = Request.Builder().url("https://$OTHER:${server.port}/to=http://$API:${there.port}/").build()
                assertThrows<UnprovenConnection> { client.newCall(away).execute() }
                assertEquals(1 to 0, server.requests.size to there.bytes.get())
            }
        }
    }
}
