package dev.countersign.agent.connection

import dev.countersign.agent.channel.SystemPath
import dev.countersign.agent.channel.ownVerifier
import dev.countersign.agent.channel.platformPath
import dev.countersign.agent.device.continuousMs
import javax.net.ssl.HostnameVerifier

/** What exchanges and WebSockets are made of: new connections, those that were kept, and a timer. */
internal class Connections(
    private val system: SystemPath,
    private val verifier: HostnameVerifier,
    private val nowMs: () -> Long,
    val timer: Timer,
) {
    val kept = KeptConnections(nowMs, timer)

    fun opening(peer: Peer) = Opening(peer, system, verifier, nowMs)
}

internal fun platformConnections() = Connections(platformPath(), ownVerifier(), ::continuousMs, threadTimer())
