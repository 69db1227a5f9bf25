package dev.countersign.agent.channel

import android.net.http.X509TrustManagerExtensions
import java.security.KeyStore
import java.security.cert.X509Certificate
import javax.net.ssl.TrustManagerFactory
import javax.net.ssl.X509TrustManager

/** What the device's own store says of a chain that a peer sent. */
internal fun interface SystemPath {
    /** The path it proved, leaf first, anchor last. Throws CertificateException where it proves none for this host. */
    fun prove(chain: Array<X509Certificate>, authType: String, host: String): List<X509Certificate>
}

/** The platform's trust manager, which obeys the app's network security configuration. It is made when it is first asked: that reads the whole store. */
internal fun platformPath(): SystemPath {
    val extensions by lazy {
        val factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm()).apply { init(null as KeyStore?) }
        X509TrustManagerExtensions(factory.trustManagers.filterIsInstance<X509TrustManager>().first())
    }
    return SystemPath { chain, authType, host -> extensions.checkServerTrusted(chain, authType, host) }
}
