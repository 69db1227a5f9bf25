package dev.countersign.okhttp

import dev.countersign.agent.channel.ChannelPolicy
import okhttp3.Interceptor
import okhttp3.Request
import okhttp3.Response

/**
 * Lets OkHttp carry a request from a host with a policy to no other origin, if there is anything in it that may be a token, a secret or a proof: OkHttp takes
 * every header along but `Authorization`, and with 307 and 308 the body. The answer has no Location then, so that it ends there. No cache keeps a redirect to another
 * origin.
 */
internal class RedirectGuard(private val policyOf: (String, Int) -> ChannelPolicy?) : Interceptor {
    override fun intercept(chain: Interceptor.Chain): Response {
        val request = chain.request()
        val answer = chain.proceed(request)
        if (!answer.isRedirect) return answer
        val stays = answer.header("Location")?.let { OkHttpNames.isOwnOrigin(request, it) } ?: true
        // From the client's cache it would be followed past this place: by a request that carries more, or under a policy that came later.
        val response = if (stays) answer else answer.newBuilder().header("Cache-Control", "no-store").build()
        if (policyOf(OkHttpNames.hostOf(request), OkHttpNames.portOf(request)) == null) return response
        return if (stays || carriesNothing(request)) response else response.newBuilder().removeHeader("Location").build()
    }

    private fun carriesNothing(request: Request) = !OkHttpNames.hasBody(request) && OkHttpNames.headersOf(request).all { it.lowercase() in common }

    private companion object {
        /** Headers that say nothing of who asks. `cookie` is OkHttp's own at this place, and chosen anew for each hop. */
        val common = setOf(
            "accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "connection", "cookie", "host", "if-match", "if-modified-since", "if-none-match",
            "if-range", "if-unmodified-since", "origin", "pragma", "range", "referer", "user-agent",
        )
    }
}
