package dev.countersign.agent.channel

import java.net.Socket
import java.security.cert.CertificateException
import java.security.cert.X509Certificate
import javax.net.ssl.SSLEngine
import javax.net.ssl.X509ExtendedTrustManager

/**
 * Trust in one peer alone, whose host was known when the connection was begun. Without a [policy] the device's store decides. The socket is not asked
 * whom it is for: behind a proxy, and layered over another socket, it says what it happens to know.
 */
internal class PeerTrust(private val host: String, private val policy: ChannelPolicy?, private val system: SystemPath) : X509ExtendedTrustManager() {
    override fun checkServerTrusted(chain: Array<X509Certificate>, authType: String, socket: Socket) = prove(chain, authType)

    override fun checkServerTrusted(chain: Array<X509Certificate>, authType: String, engine: SSLEngine) = prove(chain, authType)

    override fun checkServerTrusted(chain: Array<X509Certificate>, authType: String) = prove(chain, authType)

    override fun checkClientTrusted(chain: Array<X509Certificate>, authType: String, socket: Socket): Unit = throw notAServer()

    override fun checkClientTrusted(chain: Array<X509Certificate>, authType: String, engine: SSLEngine): Unit = throw notAServer()

    override fun checkClientTrusted(chain: Array<X509Certificate>, authType: String): Unit = throw notAServer()

    override fun getAcceptedIssuers(): Array<X509Certificate> = emptyArray()

    private fun prove(chain: Array<X509Certificate>, authType: String) {
        if (policy == null) system.prove(chain, authType, host) else proveChannel(policy, chain, authType, host, system)
    }

    private fun notAServer() = CertificateException("this side is a client")
}
