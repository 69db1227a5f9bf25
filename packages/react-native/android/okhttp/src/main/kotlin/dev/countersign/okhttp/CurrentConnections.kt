package dev.countersign.okhttp

import okhttp3.Interceptor
import okhttp3.Response

/**
 * Closes a host's connections of an earlier policy before a request to it begins: for WebSockets too, which no network interceptor sees. A call that was handed such a
 * connection nevertheless begins again, as long as nothing of it was sent.
 */
internal class CurrentConnections(private val sockets: ProvenSockets) : Interceptor {
    override fun intercept(chain: Interceptor.Chain): Response {
        val request = chain.request()
        var attempt = 1
        while (true) {
            sockets.closeOutdated(OkHttpNames.hostOf(request), OkHttpNames.portOf(request))
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
