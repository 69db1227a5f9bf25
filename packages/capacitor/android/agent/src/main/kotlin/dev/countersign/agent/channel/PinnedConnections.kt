package dev.countersign.agent.channel

import java.net.InetAddress
import java.net.Socket
import java.net.SocketException
import java.security.cert.CertificateException
import java.security.cert.X509Certificate
import javax.net.ssl.HostnameVerifier
import javax.net.ssl.SSLContext
import javax.net.ssl.SSLSocket
import javax.net.ssl.SSLSocketFactory
import javax.net.ssl.X509TrustManager

/**
 * TLS that holds each connection to its host's policy, for OkHttp, HttpsURLConnection and whatever else takes an SSLSocketFactory. [policyOf] gives the
 * policy of a host (lower-case) and port; null where the manifest names none: the device's store alone decides then.
 *
 * TLS 1.2 or newer. The name in the certificate is the client's to verify, as OkHttp and HttpsURLConnection do; whoever takes bare sockets from the factory has to.
 *
 * Make a new one, and new clients of it, when the manifest changes: kept connections and resumed TLS sessions are proven by the old one.
 */
class PinnedConnections internal constructor(private val policyOf: (String, Int) -> ChannelPolicy?, private val system: SystemPath) {
    constructor(policyOf: (String, Int) -> ChannelPolicy?) : this(policyOf, platformPath())

    /** The latest used; an app that browses meets any number of hosts. */
    private val factories = object : LinkedHashMap<String, SSLSocketFactory>(16, 0.75f, true) {
        override fun removeEldestEntry(eldest: MutableMap.MutableEntry<String, SSLSocketFactory>): Boolean = size > MAX_FACTORIES
    }

    val socketFactory: SSLSocketFactory = HostSocketFactory()

    /** What OkHttp's builder takes beside the factory. It decides nothing: each connection has the trust of its own host. */
    val trustManager: X509TrustManager = NoTrust()

    /**
     * The client's [standard] verifier under another identity. OkHttp carries requests of one host over a connection that was proven for another
     * (RFC 9113 §9.1.1) only where it meets its own verifier: with this one each host has its own connection and its own proof.
     */
    fun verifier(standard: HostnameVerifier): HostnameVerifier = HostnameVerifier { host, session -> standard.verify(host, session) }

    /** A context for each host and port, so that no TLS session of another policy is resumed. */
    private fun factoryOf(host: String, port: Int): SSLSocketFactory {
        val name = host.lowercase()
        return synchronized(factories) {
            factories.getOrPut("$name:$port") {
                val trust = PeerTrust(name, policyOf(name, port), system)
                SSLContext.getInstance("TLS").apply { init(null, arrayOf(trust), null) }.socketFactory
            }
        }
    }

    private inner class HostSocketFactory : SSLSocketFactory() {
        private val plain = SSLContext.getDefault().socketFactory

        override fun getDefaultCipherSuites(): Array<String> = plain.defaultCipherSuites

        override fun getSupportedCipherSuites(): Array<String> = plain.supportedCipherSuites

        override fun createSocket(socket: Socket, host: String, port: Int, autoClose: Boolean): Socket =
            modern(factoryOf(host, port).createSocket(socket, host, port, autoClose))

        override fun createSocket(host: String, port: Int): Socket = modern(factoryOf(host, port).createSocket(host, port))

        override fun createSocket(host: String, port: Int, localHost: InetAddress, localPort: Int): Socket =
            modern(factoryOf(host, port).createSocket(host, port, localHost, localPort))

        override fun createSocket(host: InetAddress, port: Int): Socket = throw SocketException(NO_HOST)

        override fun createSocket(host: InetAddress, port: Int, localHost: InetAddress, localPort: Int): Socket = throw SocketException(NO_HOST)

        override fun createSocket(): Socket = throw SocketException(NO_HOST)
    }

    private fun modern(socket: Socket): Socket = socket.also {
        val tls = it as SSLSocket
        tls.enabledProtocols = tls.supportedProtocols.filter { name -> name in protocols }.toTypedArray()
    }

    private class NoTrust : X509TrustManager {
        override fun checkServerTrusted(chain: Array<X509Certificate>, authType: String): Unit = throw CertificateException(NO_HOST)

        override fun checkClientTrusted(chain: Array<X509Certificate>, authType: String): Unit = throw CertificateException(NO_HOST)

        override fun getAcceptedIssuers(): Array<X509Certificate> = emptyArray()
    }

    private companion object {
        val protocols = setOf("TLSv1.2", "TLSv1.3")
        const val MAX_FACTORIES = 256
        const val NO_HOST = "no host is named, so no policy can be met"
    }
}
