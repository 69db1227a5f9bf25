package dev.countersign.reactnative

import android.content.Context
import android.content.ContextWrapper
import com.facebook.react.modules.network.CookieJarContainer
import com.facebook.react.modules.network.OkHttpClientProvider
import dev.countersign.agent.channel.ChannelBook
import dev.countersign.agent.channel.ChannelPolicy
import dev.countersign.agent.channel.HostChannel
import dev.countersign.okhttp.Checks
import dev.countersign.okhttp.LoopbackServer
import dev.countersign.okhttp.assertEquals
import dev.countersign.okhttp.assertTrue
import dev.countersign.okhttp.contextOf
import dev.countersign.okhttp.pinOf
import dev.countersign.okhttp.trustDevice
import java.io.File
import java.io.IOException
import java.net.InetAddress
import okhttp3.Dns
import okhttp3.OkHttpClient
import okhttp3.Request

/** As much of an app as is asked: its folders. */
private class App(private val folder: File) : ContextWrapper(null) {
    override fun getApplicationContext(): Context = this

    override fun getCacheDir(): File = File(folder, "cache")

    override fun getNoBackupFilesDir(): File = File(folder, "kept")
}

private object Loopback : Dns {
    override fun lookup(hostname: String): List<InetAddress> = listOf(InetAddress.getLoopbackAddress())
}

/** What whoever has the client adds to it, as React Native and Expo do for each request, and names that lead to this machine. */
private fun OkHttpClient.asks(server: LoopbackServer): Boolean = try {
    newBuilder().dns(Loopback).build().newCall(Request.Builder().url("https://api.example.com:${server.port}/").build()).execute().use { true }
} catch (_: IOException) {
    false
}

private fun pins(name: String) = ChannelPolicy("pins", setOf(pinOf(name)), emptyList())

internal fun pinnedClientFactoryTests(checks: Checks, app: Context) {
    val own = OkHttpClientProvider.createClient(app)
    OkHttpClientProvider.setOkHttpClientFactory(PinnedClientFactory(app))

    checks.check("every client that React Native hands out is held to the book, when it was made and later") {
        LoopbackServer(contextOf("leaf", "device")).use { server ->
            val clients = listOf(OkHttpClientProvider.createClient(app), OkHttpClientProvider.createClient(), OkHttpClientProvider.getOkHttpClient())
            for (client in clients) assertTrue(client.asks(server), "nothing is said yet")
            val seen = server.bytes.get()
            ChannelBook.of(app).hold(listOf(HostChannel("api.example.com", server.port, pins("stranger"))))
            for (client in clients + OkHttpClientProvider.createClient(app)) assertTrue(!client.asks(server), "another key")
            assertEquals(seen, server.bytes.get())
            ChannelBook.of(app).hold(listOf(HostChannel("api.example.com", server.port, pins("leaf"))))
            for (client in clients) assertTrue(client.asks(server), "the pinned key")
        }
    }

    checks.check("its clients are set as React Native sets them, each with a place for its owner's cookies") {
        val (first, second) = List(2) { OkHttpClientProvider.createClient(app) }
        assertEquals(ClientNames.settings(own), ClientNames.settings(first))
        assertTrue(ClientNames.cookieJar(first) is CookieJarContainer, "another jar")
        assertTrue(ClientNames.cookieJar(first) !== ClientNames.cookieJar(second), "one jar for all")
        assertTrue(ClientNames.dispatcher(first) !== ClientNames.dispatcher(second), "one queue for all")
        assertTrue(ClientNames.cache(own) != null && ClientNames.cache(first) === ClientNames.cache(second), "two caches in one folder")
    }
}

fun main() {
    trustDevice()
    pinnedClientFactoryTests(Checks(), App(File(System.getProperty("countersign.app"))))
    Runtime.getRuntime().halt(0)
}
