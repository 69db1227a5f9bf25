package dev.countersign.core

import dev.countersign.bridge.Bridge

/** The native half behind text: what the script's calls go to. */
internal interface NativeHalf {
    fun callText(name: String, of: String, answer: (String) -> Unit)

    fun randomBytes(length: Int): String

    fun continuousMs(): Double
}

internal fun nativeHalfOf(bridge: Bridge): NativeHalf = object : NativeHalf {
    override fun callText(name: String, of: String, answer: (String) -> Unit) = bridge.callText(name, of, answer)

    override fun randomBytes(length: Int): String = bridge.randomBytes(length)

    override fun continuousMs(): Double = bridge.continuousMs()
}
