package dev.countersign.okhttp

import dev.countersign.agent.channel.ChannelPolicy
import java.util.WeakHashMap
import okhttp3.Call
import okhttp3.Interceptor
import okhttp3.Response

/**
 * The second lock: lets a request go over no connection but one that was proven for the request's own host and port, by the policy they have now. Without TLS it goes where no
 * policy is.
 */
internal class ConnectionCheck(private val sockets: ProvenSockets, private val policyOf: (String, Int) -> ChannelPolicy?) : Interceptor {
    /** Calls of which something was sent, a hop of a redirect perhaps: beginning again would send it twice. */
    private val begun = WeakHashMap<Call, Boolean>()

    override fun intercept(chain: Interceptor.Chain): Response {
        val request = chain.request()
        val (host, port) = OkHttpNames.hostOf(request) to OkHttpNames.portOf(request)
        val socket = chain.connection()?.socket()
        val isGood = if (request.isHttps) socket != null && sockets.isProven(socket, host, port) else policyOf(host, port) == null
        if (!isGood) {
            // Left open it would be handed out again.
            socket?.close()
            throw UnprovenConnection(wasSentBefore = synchronized(begun) { chain.call() in begun })
        }
        synchronized(begun) { begun[chain.call()] = true }
        return chain.proceed(request)
    }
}
