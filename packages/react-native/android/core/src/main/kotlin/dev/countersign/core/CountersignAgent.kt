package dev.countersign.core

import android.content.Context
import dev.countersign.agent.keys.PlayIntegrity
import dev.countersign.agent.protocol.JsonValue
import dev.countersign.agent.protocol.quoted
import dev.countersign.bridge.Bridge
import dev.countersign.bridge.configurationTextOf
import java.io.IOException
import java.util.concurrent.CompletableFuture

/**
 * The agent of an app that is written in Kotlin or Java: keys, proofs, detectors and connections of [Bridge], and the core that React Native's and Capacitor's agents have, in a WebView
 * that nobody sees. Make one for the life of the process. Futures fail with [CountersignException]; cancelled, a request is given up.
 */
class CountersignAgent internal constructor(private val start: String, private val hosted: () -> HostedAgent) {
    private var running: Running? = null

    @Volatile
    private var isInBackground = false

    /**
     * `app` is the app's id in the project, as registered with `app add`; `watch` holds the stream that tells of changes at once; `play` is Google's library, where the app brings it. The
     * configuration string is the manifest's.
     */
    constructor(context: Context, app: String, watch: Boolean = true, play: PlayIntegrity? = null) : this(context, app, watch, play, Bridge(context))

    private constructor(context: Context, app: String, watch: Boolean, play: PlayIntegrity?, bridge: Bridge) : this(
        startOf(context, app, watch, play != null, bridge),
        { HostedAgent(nativeHalfOf(bridge, play)) { host -> WebViewEngine(context.applicationContext, scriptOf(context), host) } },
    )

    /** Sends a request: fills placeholders in their declared places, adds tokens, holds the connection to the manifest. The answer is read whole, at most 32 MiB. */
    fun fetch(request: AgentRequest): CompletableFuture<AgentResponse> = asked("fetch", request.toJson(), ::responseOf)

    /** A token for one protected API, to be sent by other means. */
    fun token(api: String): CompletableFuture<String> =
        asked("token", "{\"api\":${quoted(api)}}") { (it as? JsonValue.Members)?.text("token") ?: throw exceptionOf(null) }

    /** Opens a session where none is open; a later request then finds it. */
    fun prefetch(): CompletableFuture<Unit> = asked("prefetch", "{}") {}

    /** Wipes session, secrets and tokens. For when the app's last activity stops. */
    fun background(): CompletableFuture<Unit> {
        isInBackground = true
        return asked("background", "{}") {}
    }

    /** Allows sessions again. */
    fun foreground(): CompletableFuture<Unit> {
        isInBackground = false
        return asked("foreground", "{}") {}
    }

    private fun <T> asked(name: String, of: String, read: (JsonValue) -> T): CompletableFuture<T> {
        val given = CompletableFuture<T>()
        val (agent, started) = started()
        started.whenComplete { _, fault ->
            if (fault != null) given.completeExceptionally(fault)
            // What was cancelled meanwhile is not asked.
            else if (!given.isDone) {
                val asked = agent.ask(name, of)
                given.whenComplete { _, _ -> asked.cancel(false) }
                asked.whenComplete { answer, error ->
                    try {
                        if (error != null) given.completeExceptionally(error) else given.complete(read(answer))
                    } catch (unreadable: CountersignException) {
                        given.completeExceptionally(unreadable)
                    }
                }
            }
        }
        return given
    }

    /**
     * The engine is made when it is first needed, and again where the system took it away: what it held is gone then, as after a start of the app. It is in the background as the one
     * before it was.
     */
    @Synchronized
    private fun started(): Running {
        running?.takeIf { !it.agent.isGone }?.let { return it }
        val agent = hosted()
        val started = agent.ask("start", start)
        return Running(agent, if (isInBackground) started.thenCompose { agent.ask("background", "{}") } else started).also { running = it }
    }

    private data class Running(val agent: HostedAgent, val started: CompletableFuture<JsonValue>)
}

private fun startOf(context: Context, app: String, watch: Boolean, play: Boolean, bridge: Bridge): String {
    val identity = bridge.identity().entries.joinToString(",", "{", "}") { (name, value) -> "${quoted(name)}:${(value as? String)?.let(::quoted) ?: "null"}" }
    return "{\"app\":${quoted(app)},\"configuration\":${quoted(configurationTextOf(context))},\"watch\":$watch,\"play\":$play,\"identity\":$identity}"
}

/** The script that the build put into the app. */
private fun scriptOf(context: Context): String = try {
    context.assets.open("countersign-core.js").use { String(it.readBytes(), Charsets.UTF_8) }
} catch (_: IOException) {
    throw CountersignException("misuse", "The app has no countersign-core.js among its assets.")
}
