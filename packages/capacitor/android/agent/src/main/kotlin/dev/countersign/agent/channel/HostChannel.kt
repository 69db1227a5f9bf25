package dev.countersign.agent.channel

import dev.countersign.agent.protocol.JsonValue
import dev.countersign.agent.protocol.decodeBase64Url
import dev.countersign.agent.protocol.parseStrictJson
import dev.countersign.agent.protocol.quoted

/** What the signed manifest says of one host and port. Throws IllegalArgumentException for what no manifest can say. */
class HostChannel(host: String, internal val port: Int, internal val policy: ChannelPolicy) {
    internal val host: String = plainHost(host)

    internal operator fun component1() = host

    internal operator fun component2() = port

    internal operator fun component3() = policy

    init {
        require(this.host.length in 1..MAX_HOST && port in 1..65535) { "no host and port" }
        require(policy.pins.size <= MAX_PINS && policy.rootTexts.size <= MAX_ROOTS) { "more pins or roots than a manifest has" }
    }
}

/** One form for what reaches one host: lower case, no dot at the end, no brackets. */
internal fun plainHost(host: String): String = host.lowercase().removeSuffix(".").removeSurrounding("[", "]")

// What a manifest can say (docs/protocol.md, section 15): each root stands once in the text, however many APIs share it.
private const val MAX_HOST = 255
private const val MAX_PINS = 16
private const val MAX_ROOTS = 64
private const val MAX_CHANNELS = 256
private const val MAX_TEXT = 768 * 1024

/** JSON text of at most [MAX_TEXT] characters. Throws IllegalArgumentException where it would be longer, or has more channels than a manifest. */
internal fun writeChannels(channels: List<HostChannel>): String {
    require(channels.size <= MAX_CHANNELS) { "more channels than a manifest has" }
    val roots = channels.flatMap { it.policy.rootTexts }.distinct()
    val each = channels.joinToString(",") { (host, port, policy) ->
        val pins = policy.pins.map(::quoted)
        """{"host":${quoted(host)},"port":$port,"channel":${quoted(policy.channel)},"pins":$pins,"roots":${policy.rootTexts.map(roots::indexOf)}}"""
    }
    return """{"v":1,"roots":${roots.map(::quoted)},"channels":[$each]}""".also { require(it.length <= MAX_TEXT) { "the channels are too long" } }
}

/** Null for every text that [writeChannels] does not write. */
internal fun parseChannels(text: String): List<HostChannel>? = try {
    if (text.length > MAX_TEXT) null else channelsIn(parseStrictJson(text))
} catch (_: IllegalArgumentException) {
    null
}

private fun channelsIn(value: JsonValue?): List<HostChannel> {
    val all = members(value, "v", "roots", "channels")
    require(whole(all["v"]) == 1) { "another version" }
    val roots = items(all["roots"]).map { requireNotNull(decodeBase64Url(text(it))) { "no root" } }
    val channels = items(all["channels"]).map { each ->
        val of = members(each, "host", "port", "channel", "pins", "roots")
        val own = items(of["roots"]).map { requireNotNull(roots.getOrNull(whole(it))) { "no such root" } }
        HostChannel(text(of["host"]), whole(of["port"]), ChannelPolicy(text(of["channel"]), items(of["pins"]).map(::text).toSet(), own))
    }
    require(channels.size <= MAX_CHANNELS) { "more channels than a manifest has" }
    return channels
}

private fun members(value: JsonValue?, vararg names: String): Map<String, JsonValue> =
    requireNotNull((value as? JsonValue.Members)?.members?.takeIf { it.keys == names.toSet() }) { "other members" }

private fun items(value: JsonValue?): List<JsonValue> = requireNotNull((value as? JsonValue.Items)?.items) { "no list" }

private fun text(value: JsonValue?): String = requireNotNull((value as? JsonValue.Text)?.text) { "no text" }

private fun whole(value: JsonValue?): Int =
    requireNotNull((value as? JsonValue.Number)?.value?.takeIf { it in 0.0..65535.0 && it == Math.floor(it) }?.toInt()) { "no whole number" }
