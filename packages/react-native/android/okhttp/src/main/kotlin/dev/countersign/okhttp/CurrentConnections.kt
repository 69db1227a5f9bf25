package dev.countersign.okhttp

import dev.countersign.agent.channel.ChannelPolicy
import okhttp3.Interceptor
import okhttp3.Response

/**
 * Closes a host's connections of an earlier policy before a request to it begins: for WebSockets too, which no network interceptor sees. A call that was handed such a
 * connection nevertheless begins again, as long as nothing of it was sent. In the clear nothing goes where a policy is.
 */
internal class CurrentConnections(private val sockets: ProvenSockets, private val policyOf: (String, Int) -> ChannelPolicy?) : Interceptor {
    override fun intercept(chain: Interceptor.Chain): Response {
        val request = chain.request()
        val (host, port) = OkHttpNames.hostOf(request) to OkHttpNames.portOf(request)
        if (!request.isHttps && policyOf(host, port) != null) throw UnprovenConnection(wasSentBefore = false)
        var attempt = 1
        while (true) {
            sockets.closeOutdated(host, port)
            try {
                return chain.proceed(request)
            } catch (refused: UnprovenConnection) {
                if (refused.wasSentBefore || attempt == ATTEMPTS) throw refused
            }
            attempt += 1
        }
    }

    private companion object {
        const val ATTEMPTS = 3
    }
}
