package dev.countersign.agent.signals

import java.net.InetSocketAddress
import java.net.Proxy
import java.net.ProxySelector
import java.net.URI

/**
 * A proxy that requests of this process would take.
 *
 * Limit: many networks have one. Traffic that a VPN or a router turns aside shows no proxy; the channel's own proof is what meets that.
 */
class ProxyDetector : Detector {
    override val name = "proxy"
    override val revision = 1

    override fun look(): Sighting? {
        val found = ProxySelector.getDefault()?.select(URI("https://countersign.invalid/")).orEmpty()
        return found.firstOrNull { it.type() != Proxy.Type.DIRECT }?.let { Sighting(kindOf(it)) }
    }

    private fun kindOf(proxy: Proxy): String {
        val isLocal = (proxy.address() as? InetSocketAddress)?.address?.isLoopbackAddress == true
        return if (isLocal) "on this device" else "in the network"
    }
}
