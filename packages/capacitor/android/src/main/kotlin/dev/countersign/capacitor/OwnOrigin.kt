package dev.countersign.capacitor

import java.util.Locale

private val form = Regex("(https?)://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::([1-9][0-9]{0,4}))?(?:[/?#].*)?")

/** `scheme://host`, with the port where it is not the scheme's own, as browsers write an origin; null for what has none. */
private fun originOf(url: String): String? {
    val (scheme, host, port) = (form.matchEntire(url.lowercase(Locale.ROOT)) ?: return null).destructured
    val isUsual = port == "" || port == (if (scheme == "https") "443" else "80")
    return if (isUsual) "$scheme://$host" else "$scheme://$host:$port"
}

/**
 * The one origin whose pages are the app's own: the one its package is served at. `server.url` stands in its place only in a debuggable build, as live reload
 * needs it; a release that has one has no page of its own. Null: no page may reach the agent.
 */
internal fun ownOrigin(scheme: String, host: String, serverUrl: String?, isDebuggable: Boolean): String? {
    if (serverUrl != null) return if (isDebuggable) originOf(serverUrl) else null
    val packaged = originOf("$scheme://$host")
    // What Capacitor does not serve itself comes over the network: http is the device's own name alone.
    return packaged?.takeIf { it.startsWith("https://") || it == "http://localhost" }
}

/** Whether the frame that sent a message may: [sourceOrigin] is what the WebView says of it, `null` of a sandboxed one. */
internal fun isOwnPage(sourceOrigin: String, isMainFrame: Boolean, own: String): Boolean = isMainFrame && sourceOrigin == own
