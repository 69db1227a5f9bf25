package dev.countersign.okhttp

import dev.countersign.agent.channel.ChannelBook
import dev.countersign.agent.channel.ChannelPolicy
import dev.countersign.agent.channel.PinnedConnections
import okhttp3.ConnectionPool
import okhttp3.OkHttpClient

/** The same with what the signed manifest last said, for as long as the client lives: a new manifest asks for no new client. */
fun OkHttpClient.Builder.pinned(book: ChannelBook): OkHttpClient.Builder = pinned(book::policyOf)

/**
 * Holds every TLS connection of the client to its host's policy (OkHttp 3.12 and newer). [policyOf] gives the policy of a host (lower-case) and port, null where there is
 * none: the device's store alone decides then. It is asked for each connection and each request, on any thread: when its answer changes, the next request
 * to that host closes the connections that were proven by the old one, with whatever still runs over them.
 *
 * Nothing of a request is written before the peer has proved itself for the request's own host. Redirects are not followed: a token or secret would go along.
 * What is set on the builder afterwards and would open connections otherwise (`sslSocketFactory`) makes every request over TLS fail. A CertificatePinner
 * with pins fails for its hosts: state them in the manifest.
 */
fun OkHttpClient.Builder.pinned(policyOf: (String, Int) -> ChannelPolicy?): OkHttpClient.Builder =
    pinnedWithRedirects(policyOf).followRedirects(false).followSslRedirects(false)

/** The same with what the signed manifest last said. */
fun OkHttpClient.Builder.pinnedWithRedirects(book: ChannelBook): OkHttpClient.Builder = pinnedWithRedirects(book::policyOf)

/**
 * The same for a client whose owner expects redirects to be followed, such as `fetch`. A request to a host with a policy that carries more than common headers, or a
 * body, is led to no other origin: its answer comes without the Location.
 */
fun OkHttpClient.Builder.pinnedWithRedirects(policyOf: (String, Int) -> ChannelPolicy?): OkHttpClient.Builder {
    val sockets = ProvenSockets(policyOf)
    // Made for its trust manager and its verifier alone, which depend on no policy.
    val any = PinnedConnections(policyOf)
    val standard = OkHttpNames.verifierOf(build())
    interceptors().removeAll { it is CurrentConnections }
    networkInterceptors().removeAll { it is ConnectionCheck || it is RedirectGuard }
    interceptors().add(CurrentConnections(sockets, policyOf))
    // First, so that no other interceptor takes a request for sent that is not.
    networkInterceptors().add(0, ConnectionCheck(sockets, policyOf))
    networkInterceptors().add(1, RedirectGuard(policyOf))
    // A pool that was handed over may hold another client's connections.
    return sslSocketFactory(sockets, any.trustManager).hostnameVerifier(any.verifier(standard)).connectionPool(ConnectionPool())
}
