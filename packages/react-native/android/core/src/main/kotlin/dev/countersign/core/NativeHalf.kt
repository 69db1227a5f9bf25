package dev.countersign.core

import dev.countersign.agent.keys.PlayIntegrity
import dev.countersign.agent.protocol.JsonValue
import dev.countersign.agent.protocol.parseStrictJson
import dev.countersign.agent.protocol.quoted
import dev.countersign.bridge.Bridge

/** The native half behind text: what the script's calls go to. */
internal interface NativeHalf {
    fun callText(name: String, of: String, answer: (String) -> Unit)

    fun randomBytes(length: Int): String

    fun continuousMs(): Double

    /** Ends all that is under way: who asked for it is gone. */
    fun abandonAll()
}

/** The bridge, and Play's tokens where the app brings Google's library: its script runs nowhere but here, so that this call is no part of the bridge. */
internal fun nativeHalfOf(bridge: Bridge, play: PlayIntegrity?): NativeHalf = object : NativeHalf {
    override fun callText(name: String, of: String, answer: (String) -> Unit) =
        if (name == "playToken" && play != null) playToken(play, of, answer) else bridge.callText(name, of, answer)

    override fun randomBytes(length: Int): String = bridge.randomBytes(length)

    override fun continuousMs(): Double = bridge.continuousMs()

    override fun abandonAll() = bridge.abandonAll()
}

internal fun playToken(play: PlayIntegrity, of: String, answer: (String) -> Unit) {
    val none = "{\"fault\":{\"code\":\"unavailable\",\"message\":\"Play gave no token\"}}"
    val requestHash = (parseStrictJson(of) as? JsonValue.Members)?.text("requestHash") ?: return answer(none)
    try {
        play.token(requestHash) { token -> answer(if (token == null) none else "{\"value\":${quoted(token)}}") }
    } catch (_: RuntimeException) {
        // Google's library throws where no Play services are.
        answer(none)
    }
}
