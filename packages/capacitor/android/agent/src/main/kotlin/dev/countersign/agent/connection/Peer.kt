package dev.countersign.agent.connection

import dev.countersign.agent.channel.ChannelPolicy

/** Whom a connection is for, and how it must prove itself. What is proven for one is proven for its equals alone. */
internal data class Peer(
    /** False for plain text, which is spoken to this very device alone. */
    val isSecure: Boolean,
    /** As it stands in `Host`: lower case, an address of version 6 in brackets. */
    val host: String,
    val port: Int,
    val policy: ChannelPolicy,
) {
    val name: String get() = host.removeSurrounding("[", "]")

    /** `Host` (RFC 9110 §7.2). */
    val hostField: String get() = if (port == (if (isSecure) 443 else 80)) host else "$host:$port"

    fun isPlaceOf(other: Peer): Boolean = isSecure == other.isSecure && host == other.host && port == other.port
}
