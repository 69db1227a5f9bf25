package dev.countersign.okhttp

import dev.countersign.agent.channel.ChannelBook
import dev.countersign.agent.channel.ChannelPolicy
import java.io.IOException
import java.net.InetAddress
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import javax.net.ssl.SSLSocketFactory
import okhttp3.Call
import okhttp3.Callback
import okhttp3.Dns
import okhttp3.Interceptor
import okhttp3.OkHttpClient
import okhttp3.Protocol
import okhttp3.Request
import okhttp3.Response
import okhttp3.WebSocket
import okhttp3.WebSocketListener

private const val API = "api.example.com"
private const val OTHER = "other.example.com"

private fun policy(channel: String, pins: Set<String> = emptySet(), roots: List<String> = emptyList()) =
    ChannelPolicy(channel, pins, roots.map { certificate(it).encoded })

private fun pins(vararg names: String) = policy("pins", names.map(::pinOf).toSet())

/** Policies by host, whatever its port, that can be changed. */
private class Book(vararg said: Pair<String, ChannelPolicy>) : (String, Int) -> ChannelPolicy? {
    @Volatile var said = mapOf(*said)

    override fun invoke(host: String, port: Int): ChannelPolicy? = said[host]
}

/** Every name leads to this machine. */
private object Loopback : Dns {
    override fun lookup(hostname: String): List<InetAddress> = listOf(InetAddress.getLoopbackAddress())
}

private fun builder(): OkHttpClient.Builder = OkHttpClient.Builder().dns(Loopback)

private fun request(server: LoopbackServer, host: String = API, path: String = "/"): Request.Builder =
    Request.Builder().url("https://$host:${server.port}$path")

/** The number of the connection that the server answered over. */
private fun OkHttpClient.ask(request: Request.Builder): String = newCall(request.build()).execute().use { TestNames.text(it) }

private fun OkHttpClient.begin(request: Request.Builder): CompletableFuture<Any> = CompletableFuture<Any>().also { result ->
    newCall(request.build()).enqueue(object : Callback {
        override fun onFailure(call: Call, e: IOException) {
            result.complete(e)
        }

        override fun onResponse(call: Call, response: Response) {
            result.complete(response.use { TestNames.text(it) })
        }
    })
}

internal fun pinnedClientTests(checks: Checks) {
    val good = contextOf("leaf", "device")

    fun isAnswered(said: ChannelPolicy?, leaf: String = "leaf", root: String = "device"): Boolean = LoopbackServer(contextOf(leaf, root)).use { server ->
        val book = if (said == null) Book() else Book(API to said)
        val client = builder().pinned(book).build()
        try {
            client.ask(request(server).header("Authorization", "token"))
            assertTrue(server.requests.size == 1, "not asked once")
            true
        } catch (_: IOException) {
            assertEquals(0 to 0, server.bytes.get() to server.requests.size)
            false
        }
    }

    checks.check("answers by a host that proves itself as its policy demands") {
        assertTrue(isAnswered(pins("leaf", "stranger")), "a pinned leaf")
        assertTrue(isAnswered(pins("device", "stranger")), "a pinned root")
        assertTrue(isAnswered(policy("roots", roots = listOf("device"))), "roots")
        assertTrue(isAnswered(policy("both", setOf(pinOf("leaf")), listOf("device"))), "both")
        assertTrue(isAnswered(policy("system")), "system")
        assertTrue(isAnswered(null), "no policy")
    }

    checks.check("writes nothing to a host that does not, nor to one whose authority the device does not know") {
        assertTrue(!isAnswered(pins("stranger")), "another key")
        assertTrue(!isAnswered(policy("pins")), "no pin")
        assertTrue(!isAnswered(policy("roots", roots = listOf("managed"))), "another root")
        assertTrue(!isAnswered(policy("mutual")), "a channel that nobody knows")
        for (each in listOf(pins("strange-leaf"), policy("system"), null)) assertTrue(!isAnswered(each, "strange-leaf", "stranger"), "another authority")
    }

    checks.check("writes nothing to a host that another name was certified for") {
        LoopbackServer(good).use { server ->
            assertThrows<IOException> { builder().pinned(Book()).build().ask(request(server, "third.example.com")) }
            assertEquals(0, server.bytes.get())
        }
    }

    checks.check("keeps a connection for what comes next to the same host") {
        LoopbackServer(good).use { server ->
            val client = builder().pinned(Book(API to pins("leaf"))).build()
            assertEquals(listOf("1", "1", "1"), List(3) { client.ask(request(server)) })
        }
    }

    checks.check("OkHttp alone sends one host's requests over another's connection of HTTP/2") {
        LoopbackServer(good, isHttp2 = true).use { server ->
            val client = builder().build()
            client.ask(request(server))
            client.ask(request(server, OTHER))
            assertEquals(listOf("1", "1"), server.requests.toList())
        }
    }

    checks.check("sends no host's requests over another's connection of HTTP/2") {
        LoopbackServer(good, isHttp2 = true).use { server ->
            val book = Book(API to pins("leaf"), OTHER to pins("stranger"))
            val client = builder().pinned(book).build()
            client.ask(request(server))
            client.ask(request(server))
            assertThrows<IOException> { client.ask(request(server, OTHER)) }
            assertEquals(listOf("1", "1"), server.requests.toList())
            book.said = mapOf(API to pins("leaf"), OTHER to pins("leaf"))
            client.ask(request(server, OTHER))
            assertEquals(listOf("1", "1", "2"), server.requests.toList())
        }
    }

    checks.check("keeps a connection of HTTP/2 for each of two hosts that share certificate and address") {
        LoopbackServer(good, isHttp2 = true).use { server ->
            val client = builder().pinned(Book(API to pins("leaf"))).build()
            for (host in listOf(API, OTHER, API, OTHER)) client.ask(request(server, host))
            assertEquals(listOf("1", "2", "1", "2"), server.requests.toList())
        }
    }

    checks.check("refuses a request on another host's connection where the first lock was taken off") {
        LoopbackServer(good, isHttp2 = true).use { server ->
            val book = Book(API to pins("leaf"), OTHER to pins("leaf"))
            val client = builder().pinned(book).hostnameVerifier(OkHttpNames.verifierOf(OkHttpClient())).build()
            client.ask(request(server))
            // The connection was closed, so that the call begins again on its own.
            client.ask(request(server, OTHER))
            assertEquals(listOf("1", "2"), server.requests.toList())
        }
    }

    checks.check("sends nothing over a connection that was proven by an earlier policy") {
        for (isHttp2 in listOf(false, true)) {
            LoopbackServer(good, isHttp2).use { server ->
                val book = Book(API to pins("leaf"))
                val client = builder().pinned(book).build()
                client.ask(request(server))
                book.said = mapOf(API to pins("device"))
                client.ask(request(server).post(TestNames.body()))
                book.said = mapOf(API to pins("stranger"))
                assertThrows<IOException> { client.ask(request(server)) }
                book.said = emptyMap()
                client.ask(request(server))
                assertEquals(listOf('1', '2', '3'), server.requests.map { it.first() })
            }
        }
    }

    checks.check("keeps the connections of hosts whose policy stayed as it was") {
        LoopbackServer(good).use { server ->
            val book = Book(API to pins("leaf"))
            val client = builder().pinned(book).build()
            client.ask(request(server))
            book.said = mapOf(API to pins("leaf"), OTHER to pins("leaf"))
            assertEquals("1", client.ask(request(server)))
        }
    }

    checks.check("shares no busy connection of an earlier policy, and ends what still ran over it") {
        LoopbackServer(good, isHttp2 = true).use { server ->
            val book = Book(API to pins("leaf"))
            // OkHttp would send what was cut off again by itself, over a connection of the new policy.
            val client = builder().retryOnConnectionFailure(false).pinned(book).build()
            client.ask(request(server))
            server.requests.clear()
            server.isHeldFirst = true
            val held = client.begin(request(server))
            assertTrue(server.isHolding.await(10, TimeUnit.SECONDS), "not held")
            book.said = mapOf(API to pins("stranger"))
            assertThrows<IOException> { client.ask(request(server)) }
            book.said = mapOf(API to pins("device"))
            client.ask(request(server))
            assertEquals(listOf("1", "2"), server.requests.toList())
            assertTrue(held.get(10, TimeUnit.SECONDS) is IOException, "answered over the old connection")
        }
    }

    checks.check("sends nothing over a connection whose policy changed while the call was on its way") {
        LoopbackServer(good).use { server ->
            val book = Book(API to pins("leaf"))
            val meanwhile = object : Interceptor {
                override fun intercept(chain: Interceptor.Chain): Response {
                    if (server.requests.size == 1) book.said = mapOf(API to pins("stranger"))
                    return chain.proceed(chain.request())
                }
            }
            val client = builder().pinned(book).addInterceptor(meanwhile).build()
            client.ask(request(server))
            assertThrows<IOException> { client.ask(request(server)) }
            assertEquals(1, server.requests.size)
        }
    }

    checks.check("opens no WebSocket over a connection that was proven by an earlier policy") {
        LoopbackServer(good).use { server ->
            val book = Book(API to pins("leaf"))
            // OkHttp opens WebSockets over connections of clients that speak HTTP/1.1 alone.
            val client = builder().protocols(listOf(Protocol.HTTP_1_1)).pinned(book).build()
            client.ask(request(server))
            book.said = mapOf(API to pins("stranger"))
            val failed = CountDownLatch(1)
            client.newWebSocket(request(server).build(), object : WebSocketListener() {
                override fun onFailure(webSocket: WebSocket, t: Throwable, response: Response?) = failed.countDown()
            })
            assertTrue(failed.await(10, TimeUnit.SECONDS), "not refused")
            assertEquals(1, server.requests.size)
        }
    }

    checks.check("refuses a connection that another factory opened, and whatever is set on the builder later") {
        LoopbackServer(good).use { server ->
            val client = builder().pinned(Book(API to pins("leaf"))).sslSocketFactory(SSLSocketFactory.getDefault() as SSLSocketFactory, TestNames.trust()).build()
            assertThrows<UnprovenConnection> { client.ask(request(server)) }
            assertEquals(0, server.requests.size)
        }
    }

    checks.check("does not speak to a host's port in the clear where a policy stands") {
        LoopbackServer(good).use { server ->
            val client = builder().pinned(Book(API to policy("system"))).build()
            assertThrows<UnprovenConnection> { client.ask(Request.Builder().url("http://$API:${server.port}/")) }
            assertEquals(0, server.bytes.get())
        }
    }

    checks.check("can be pinned again, and is held by the last alone") {
        LoopbackServer(good).use { server ->
            val client = builder().pinned(Book(API to pins("stranger"))).build().newBuilder().pinned(Book(API to pins("leaf"))).build()
            assertEquals("1", client.ask(request(server)))
        }
    }

    checks.check("lets no other interceptor take a request for sent that was refused") {
        LoopbackServer(good).use { server ->
            var seen = 0
            val count = object : Interceptor {
                override fun intercept(chain: Interceptor.Chain): Response = chain.proceed(chain.request()).also { seen += 1 }
            }
            val book = Book(API to pins("leaf"))
            val client = builder().addNetworkInterceptor(count).pinned(book).build()
            client.ask(request(server))
            book.said = mapOf(API to pins("stranger"))
            assertThrows<IOException> { client.ask(request(server)) }
            assertEquals(1, seen)
        }
    }

    checks.check("follows no redirect") {
        LoopbackServer(good).use { server ->
            val client = builder().pinned(Book()).build()
            client.newCall(request(server, path = "/to=/there").build()).execute().use { assertTrue(it.isRedirect, "followed") }
            assertEquals(1, server.requests.size)
        }
    }

    checks.check("where redirects are wanted takes nothing to another origin but what says nothing") {
        LoopbackServer(good).use { server ->
            LoopbackServer(good).use { there ->
                val client = builder().pinnedWithRedirects(Book(API to pins("leaf"))).build()
                val away = "/to=https://$OTHER:${there.port}/there"
                client.ask(request(server, path = away).header("Accept", "image/png"))
                assertEquals(1, there.requests.size)
                client.ask(request(server, path = "/to=/home").header("X-Token", "secret"))
                assertEquals(3, server.requests.size)
                for (each in listOf(request(server, path = away).header("X-Token", "secret"), request(server, path = away).post(TestNames.body()))) {
                    client.newCall(each.build()).execute().use { assertEquals(307 to null, TestNames.code(it) to it.header("Location")) }
                }
                assertEquals(1, there.requests.size)
                client.ask(request(server, OTHER, path = "/to=https://$OTHER:${there.port}/there").header("X-Other", "no API's"))
                assertEquals(2, there.requests.size)
            }
        }
    }

    checks.check("holds each hop of a redirect to its own host's policy, and sends no hop twice") {
        LoopbackServer(good).use { server ->
            LoopbackServer(good).use { there ->
                val client = builder().pinnedWithRedirects(Book(OTHER to pins("stranger"))).build()
                assertThrows<IOException> { client.ask(request(server, path = "/to=https://$OTHER:${there.port}/")) }
                assertEquals(1 to 0, server.requests.size to there.bytes.get())
            }
        }
    }

    checks.check("asks the first host no second time where the next one's policy changes while a redirect is on its way") {
        LoopbackServer(good).use { server ->
            LoopbackServer(good).use { there ->
                val book = Book(OTHER to pins("leaf"))
                val meanwhile = object : Interceptor {
                    override fun intercept(chain: Interceptor.Chain): Response = chain.proceed(chain.request()).also {
                        if (it.isRedirect) book.said = mapOf(OTHER to pins("device"))
                    }
                }
                // OkHttp itself would ask the second host again.
                val client = builder().retryOnConnectionFailure(false).addNetworkInterceptor(meanwhile).pinnedWithRedirects(book).build()
                client.ask(request(there, OTHER))
                assertThrows<UnprovenConnection> { client.ask(request(server, path = "/to=https://$OTHER:${there.port}/")) }
                assertEquals(1 to 1, server.requests.size to there.requests.size)
            }
        }
    }
}

/** Never run: what an app writes compiles. */
@Suppress("unused")
internal fun asInTheReadme(book: ChannelBook): List<OkHttpClient> =
    listOf(OkHttpClient.Builder().pinned(book).build(), OkHttpClient.Builder().protocols(listOf(Protocol.HTTP_1_1)).pinnedWithRedirects(book).build())

fun main() {
    trustDevice()
    val checks = Checks()
    pinnedClientTests(checks)
    pastTheGuardTests(checks)
    // OkHttp's own threads would keep the process for a minute.
    Runtime.getRuntime().halt(0)
}
