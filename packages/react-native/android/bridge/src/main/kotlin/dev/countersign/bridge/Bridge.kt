package dev.countersign.bridge

import android.content.Context
import dev.countersign.agent.connection.Connections
import dev.countersign.agent.connection.platformConnections
import dev.countersign.agent.device.appIdentity
import dev.countersign.agent.device.bundleHash
import dev.countersign.agent.device.continuousMs as now
import dev.countersign.agent.device.randomBytes as drawBytes
import dev.countersign.agent.exchange.Exchanges
import dev.countersign.agent.protocol.Configuration
import dev.countersign.agent.protocol.encodeBase64Url
import dev.countersign.agent.signals.SignalWatch
import dev.countersign.agent.start.ProcessWatch
import dev.countersign.agent.websocket.WebSockets
import java.util.concurrent.Executors

/**
 * `NativeBridge` of @countersign/client for whatever carries its calls: React Native's modules, Expo's, Capacitor's plugins. A call takes one object of plain JSON and
 * answers `{value}`, or `{fault: {code, message}}` with a code of `NativeFailureCode`; bytes are base64url. There is no call that signs bytes of the caller's choice,
 * and the project is the app's own, from its manifest: JavaScript cannot name another.
 */
class Bridge internal constructor(
    private val context: Context,
    connections: Connections,
    configuration: () -> Configuration,
    watch: () -> SignalWatch,
) {
    constructor(context: Context) : this(
        context.applicationContext,
        platformConnections(),
        { configurationOf(context.applicationContext) },
        { ProcessWatch.of(context.applicationContext) },
    )

    private val exchanges = Exchanges(connections)
    private val sockets = WebSockets(connections)
    private val threads = Executors.newCachedThreadPool(daemons("network"))
    private val table: Map<String, Call> = observeCalls(Lane("observe"), watch) + keyCalls(Lane("keys"), configuration) +
        storeCalls(context, Lane("store")) + channelCalls(context, Lane("channels")) +
        exchangeCalls(exchanges, threads) + socketCalls(sockets, threads)

    /** The names of all calls. */
    val calls: Set<String> = table.keys

    private val deaf = ProcessWatch.onSevere(::abandonAll)

    /**
     * What the app's package is, and the hash of the JavaScript that runs, by the place that the framework says it was loaded from; null for the one that the app
     * was built with. It is measured anew: ask once, when the app starts.
     */
    fun identity(script: String? = null): Map<String, Any?> {
        val app = appIdentity(context)
        return mapOf("platform" to "android", "version" to app.version, "build" to app.build, "bundle" to bundleHash(context, script))
    }

    /** Base64url of 1 to 1024 bytes of the platform's generator. Throws IllegalArgumentException for another number. */
    fun randomBytes(length: Int): String = encodeBase64Url(drawBytes(length))

    /** Milliseconds on a clock that runs in sleep. */
    fun continuousMs(): Double = now().toDouble()

    /** Answers once, on any thread, and at once for what cannot be begun. Never throws, never blocks: calls that are made one after another begin in that order. */
    fun call(name: String, of: Map<String, Any?>, answer: (Map<String, Any?>) -> Unit) {
        val call = table[name] ?: return answer(fault("unsupported", "there is no such call"))
        call.run(of, answer)
    }

    /** The same with JSON text: of one object, strictly parsed. */
    fun callText(name: String, of: String, answer: (String) -> Unit) {
        val members = parseMembers(of) ?: return answer(writeJson(fault("unsupported", "what was handed over is no object of JSON")))
        call(name, members) { answer(writeJson(it)) }
    }

    /** Ends all that is under way, for a page or React instance that goes. Calls after it go on as before. */
    fun close() {
        deaf()
        abandonAll()
    }

    /** Ends all that is under way: for a page or an engine that is made anew, and because what is held in connections is part of what a severe signal wipes. */
    fun abandonAll() {
        exchanges.abandonAll()
        sockets.abandonAll()
    }
}
